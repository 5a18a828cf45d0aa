"""BankID's list, item by item (domain facts, section 1): codes, errors, ways back."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from identity.domain import logins, messages
from sim_bankid.domain import hints

KARIN = "199908072391"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
SAFARI, CHROME, EDGE, FIREFOX = (
    f"{IPHONE}{rest} Mobile/15E148 Safari/604.1"
    for rest in ("Version/19.0", "CriOS/140.0", "EdgiOS/140.0", "FxiOS/140.0")
)
ANDROID = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"


# ---- every hint code, in both ways of starting the app (1.5)
@pytest.mark.parametrize("hint", [*hints.PENDING, "inventedTomorrow"])
@pytest.mark.parametrize("device", ["other", "same"])
def test_FA3_every_pending_code_is_told_in_bankids_words(browser, control, later, device, hint):
    login = browser.start(device).json
    control.hint(control.orders()[0], hint)
    later(2)
    answer = browser.poll(login).json
    flow = messages.Flow.QR if device == "other" else messages.Flow.AUTOSTART
    assert (answer["status"], answer["hint_code"]) == ("pending", hint)
    assert answer["message"]["code"] == messages.select("pending", hint, flow, messages.Platform.COMPUTER)
    assert answer["message"]["text"] == messages.TEXTS[answer["message"]["code"]][0]
    assert (answer["qr"] is not None) == (device == "other" and hint == "outstandingTransaction")


@pytest.mark.parametrize("hint", [each for each in hints.FAILED if each != "startFailed"] + ["inventedTomorrow"])
def test_FA3_every_code_of_a_failed_order_is_told_and_bankid_is_not_asked_again(new_browser, control, later, hint):
    browser = new_browser(locale="en")
    login = browser.start().json
    control.fail(control.orders()[0], hint)
    later(2)
    answer = browser.poll(login).json
    assert (answer["status"], answer["hint_code"], answer["qr"]) == ("failed", hint, None)
    assert answer["message"]["text"] == messages.TEXTS[answer["message"]["code"]][1]
    asked = len(control.calls())
    later(2)
    assert browser.poll(login).json | {"expires_at": ""} == answer | {"expires_at": ""}
    assert len(control.calls()) == asked


# ---- the table of errors (1.6)
ERRORS = [
    (400, "alreadyInProgress", "RFA4"),
    (400, "invalidParameters", "MS1"),
    (401, "unauthorized", "MS1"),
    (403, "unauthorized", "MS1"),
    (404, "notFound", "MS1"),
    (405, "methodNotAllowed", "MS1"),
    (405, None, "MS1"),
    (408, "requestTimeout", "RFA5"),
    (415, "unsupportedMediaType", "MS1"),
    (500, "internalError", "RFA5"),
    (400, "inventedTomorrow", "RFA22"),
    (400, "cancelled", "RFA3"),
]


@pytest.mark.parametrize(("status", "code", "message"), ERRORS, ids=str)
def test_FA3_an_error_that_does_not_pass_ends_the_login_with_its_message(
    browser, control, later, status, code, message
):
    login = browser.start().json
    control.fault("error", "collect", status=status, errorCode=code, details="No such order 199908072391")
    later(2)
    answer = browser.poll(login)
    assert (answer.json["status"], answer.json["message"]["code"]) == ("failed", message)
    assert "No such order" not in answer.text
    assert control.orders()[0]["hintCode"] == "cancelled", "given up here, so not left in the app"


@pytest.mark.parametrize(
    ("status", "code"), [(503, "Maintenance"), (503, "maintenance"), (429, None)], ids=["upper", "lower", "too-many"]
)
def test_FA3_an_error_that_passes_by_itself_is_waited_out(browser, control, later, status, code):
    login = browser.start().json
    order = control.scan(login["qr"], KARIN)
    control.fault("error", "collect", times=2, status=status, errorCode=code)
    for _ in range(2):
        later(2)
        assert browser.poll(login).json["status"] == "pending"
    control.approve(order)
    later(2)
    assert browser.poll(login).json["status"] == "complete"


# ---- the way back (1.10, FA1, FA10)
@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (SAFARI, "https://minasidor.example/a#nonce=x"),
        (CHROME, "googlechromes://minasidor.example/a#nonce=x"),
        (EDGE, "microsoft-edge-https://minasidor.example/a#nonce=x"),
        (FIREFOX, "firefox://open-url?url=https%3A%2F%2Fminasidor.example%2Fa%23nonce%3Dx"),
        (ANDROID, "https://minasidor.example/a#nonce=x"),
        ("", "https://minasidor.example/a#nonce=x"),
    ],
    ids=["safari", "chrome", "edge", "firefox", "android", "unknown"],
)
def test_FA1_the_app_returns_to_the_browser_that_began(agent, expected):
    assert logins.return_to_browser("https://minasidor.example/a#nonce=x", agent) == expected


def test_FA1_firefox_on_an_iphone_comes_back_with_the_nonce(new_browser, control, later):
    browser = new_browser(agent=FIREFOX)
    login = browser.start("same").json
    sent = control.orders()[0]["request"]["returnUrl"]
    url = urlsplit(unquote(parse_qs(urlsplit(sent).query)["url"][0]))
    assert (url.scheme, url.path) == ("http", "/logga-in/retur")
    assert len(sent) <= 512
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    assert browser.come_back(login, parse_qs(url.fragment)["nonce"][0]).json["status"] == "complete"


@pytest.mark.parametrize("path", ["/", "/fakturor", "/arenden/01980000-0000-7000-8000-000000000001?flik=2#svar"])
def test_FA10_the_deep_link_that_one_came_for_is_told_after_the_login(browser, control, later, path):
    login = browser.start(return_path=path).json
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    done = browser.poll(login).json
    assert (done["status"], done["return_path"]) == ("complete", path)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\evil.example",
        "/a\tb",
        "/\nevil",
        " /x",
        "/å",
        "fakturor",
        "",
    ],
    ids=repr,
)
def test_FA10_only_paths_of_our_own_are_taken(browser, control, path):
    answer = browser.send("POST", "/logins", {"device": "other", "return_path": path})
    assert answer.status_code == 422
    assert control.orders() == []
