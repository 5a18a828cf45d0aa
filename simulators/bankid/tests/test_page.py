"""The page as a browser without JavaScript uses it: real forms, followed as they stand."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx2
import pytest

from sim_bankid.control import Control
from sim_bankid.markdown import render
from sim_bankid.returns import loopback_url
from sim_bankid.testing import RelyingParty, b64

KARIN = "199908072391"
RETURN = "http://localhost:8080/api/identity/v1/retur?nonce=abc"


class Page(HTMLParser):
    """What a page holds: its text, forms and everything accessibility depends on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, object]] = []
        self.links: dict[str, str] = {}
        self.labels: set[str] = set()
        self.controls: list[str] = []
        self.headings: list[int] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._stack: list[str] = []
        self._href: str | None = None
        self.feed(html)
        assert self._stack == [], f"not closed: {self._stack}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in values.items()]
        if tag == "form":
            self.forms.append({"action": values["action"], "buttons": []})
        if tag == "label":
            self.labels.add(values["for"])
        if tag in ("input", "select", "textarea"):
            self.controls.append(values["id"])
        if tag in ("h1", "h2", "h3", "h4", "h5"):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self._href = values["href"]
        if tag not in ("meta", "link", "input", "hr", "br"):
            self._stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._stack.pop() == tag
        if tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._href is not None and data.strip():
            self.links[data.strip()] = self._href
        if self._stack and self._stack[-1] == "button":
            self.forms[-1]["buttons"].append(data.strip())

    def action(self, button: str) -> str:
        (found,) = [f["action"] for f in self.forms if button in f["buttons"]]
        return str(found)


def read(response: httpx2.Response, status: int = 200) -> Page:
    """The page, after checking what must hold for every page."""
    assert response.status_code == status, response.text
    page = Page(response.text)
    assert '<html lang="sv">' in response.text
    assert set(page.controls) <= page.labels
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert not any(tag == "script" or name == "style" or name.startswith("on") for tag, name, _ in page.attributes)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "same-origin", "with no-referrer a browser's forms say Origin: null"
    return page


def follow(browser: httpx2.Client, response: httpx2.Response) -> httpx2.Response:
    assert response.status_code == 303, response.text
    return browser.get(response.headers["Location"])


def test_the_same_device_from_link_to_return(rp: RelyingParty, browser: httpx2.Client) -> None:
    order = rp.auth(returnUrl=RETURN, userVisibleData=b64("Logga in på Minasidor"))
    link = f"/?autostarttoken={order['autoStartToken']}&redirect=http%3A%2F%2Flocalhost%2Fother"
    page = read(follow(browser, browser.get(link)))
    assert rp.hint(order) == ("pending", "started")
    assert "Logga in på Minasidor" in page.text
    opened = browser.post(page.action("Öppna uppdraget"), data={"person": KARIN})
    response = follow(browser, opened)
    page = read(response)
    assert "Karin Test Persson" in page.text
    assert "form-action 'self' http://localhost:8080" in response.headers["Content-Security-Policy"]
    answer = browser.post(page.action("Identifiera"), data={"risk": "low", "ipAddress": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, RETURN)
    assert rp.completion(order)["user"]["personalNumber"] == KARIN


def test_the_links_redirect_counts_when_the_order_has_no_return_url(rp: RelyingParty, browser: httpx2.Client) -> None:
    order = rp.auth()
    back = "http%3A%2F%2F127.0.0.1%3A8080%2Fklar"
    shown = browser.get(f"/?autostarttoken={order['autoStartToken']}&redirect={back}")
    page = read(follow(browser, shown))
    page = read(follow(browser, browser.post(page.action("Öppna uppdraget"), data={"person": KARIN})))
    answer = browser.post(page.action("Identifiera"))
    assert answer.headers["Location"] == "http://127.0.0.1:8080/klar"


@pytest.mark.parametrize("redirect", ["null", "", "https%3A%2F%2Fevil.example%2F", "javascript:1"])
def test_the_page_never_leaves_this_machine(rp: RelyingParty, browser: httpx2.Client, redirect: str) -> None:
    order = rp.auth()
    shown = browser.get(f"/?autostarttoken={order['autoStartToken']}&redirect={redirect}")
    page = read(follow(browser, shown))
    page = read(follow(browser, browser.post(page.action("Öppna uppdraget"), data={"person": KARIN})))
    page = read(follow(browser, browser.post(page.action("Identifiera"))))
    assert "Klart. Karin Test Persson har identifierat sig." in page.text
    assert not any("evil" in link or "javascript" in link for link in page.links.values())


def test_a_qr_order_by_its_text_signs_and_stays_here(
    rp: RelyingParty, control: Control, browser: httpx2.Client
) -> None:
    order = rp.sign("<script>alert(1)</script> & mer", returnUrl=RETURN)
    page = read(browser.get("/"))
    qr = control.order(order)["qrData"]
    response = browser.post(page.action("Läs av"), data={"qrData": f" {qr}\n", "person": KARIN})
    page = read(follow(browser, response))
    assert "<script>alert(1)</script> & mer" in page.text
    page = read(follow(browser, browser.post(page.action("Skriv under"), data={"risk": "high"})))
    assert "Klart. Karin Test Persson har skrivit under." in page.text
    assert rp.collect(order)["status"] == "complete"


def test_an_order_can_be_picked_from_the_list(rp: RelyingParty, browser: httpx2.Client) -> None:
    rp.auth(userVisibleData=b64("Första"))
    page = read(browser.get("/"))
    assert "Första" in page.text
    page = read(browser.get(page.links["Visa uppdraget"]))
    page = read(follow(browser, browser.post(page.action("Öppna uppdraget"), data={"person": KARIN})))
    assert "Karin Test Persson, 199908072391" in page.text.replace("\n", "")


def test_the_page_remembers_the_person(rp: RelyingParty, browser: httpx2.Client) -> None:
    rp.auth()
    page = read(browser.get("/"))
    page = read(browser.get(page.links["Visa uppdraget"]))
    browser.post(page.action("Öppna uppdraget"), data={"person": KARIN})
    assert f'value="{KARIN}" selected' in browser.get("/").text


def test_abandoning(rp: RelyingParty, control: Control, browser: httpx2.Client) -> None:
    order = rp.auth()
    screen = control.open(order["autoStartToken"], KARIN)["screen"]
    page = read(browser.get(f"/order/{screen}"))
    page = read(follow(browser, browser.post(page.action("Avbryt"))))
    assert "userCancel" in page.text
    assert rp.hint(order) == ("failed", "userCancel")


def test_failing(rp: RelyingParty, control: Control, browser: httpx2.Client) -> None:
    order = rp.auth()
    screen = control.open(order["autoStartToken"], KARIN)["screen"]
    page = read(browser.get(f"/order/{screen}"))
    refused = browser.post(page.action("Misslyckas"), data={"hintCode": "ownInvention"})
    read(refused, 400)
    browser.post(page.action("Misslyckas"), data={"hintCode": "certificateErr"})
    assert rp.hint(order) == ("failed", "certificateErr")


def test_a_telephone_order_on_the_page(rp: RelyingParty, browser: httpx2.Client) -> None:
    rp.phone_auth(KARIN)
    page = read(browser.get("/"))
    assert f"Väntar på {KARIN}" in page.text
    page = read(browser.get(page.links["Visa uppdraget"]))
    page = read(follow(browser, browser.post(page.action("Öppna uppdraget"), data={"person": KARIN})))
    assert "telefon" in page.text


def test_a_payment_on_the_page(rp: RelyingParty, control: Control, browser: httpx2.Client) -> None:
    transaction = {
        "transactionType": "card",
        "recipient": {"name": "Energi & Vatten"},
        "money": {"amount": "100,00", "currency": "SEK"},
    }
    rp.ok("payment", {"endUserIp": "::1", "userVisibleTransaction": transaction})
    page = read(browser.get(f"/order/{control.orders()[0]['screen']}"))
    assert "Energi & Vatten" in page.text
    assert "100,00 SEK" in page.text


def test_wrong_turns_get_a_page_not_an_error(rp: RelyingParty, control: Control, browser: httpx2.Client) -> None:
    read(browser.get("/?autostarttoken=unknown"), 404)
    read(browser.get("/order/unknown"), 404)
    read(browser.post("/scan", data={"qrData": "hej", "person": KARIN}), 400)
    order = rp.auth()
    screen = control.order(order)["screen"]
    read(browser.post(f"/order/{screen}/open", data={"person": "nobody"}), 400)
    read(browser.post(f"/order/{screen}/approve"), 409)
    control.advance(30)
    read(browser.get(f"/?autostarttoken={order['autoStartToken']}"), 409)
    assert "startFailed" in read(browser.get(f"/order/{screen}")).text


def test_forms_of_other_web_sites_are_refused(rp: RelyingParty, browser: httpx2.Client) -> None:
    response = browser.post("/scan", data={}, headers={"Origin": "http://evil.example"})
    read(response, 403)
    own = f"http://{urlsplit(str(browser.base_url)).netloc}"
    assert browser.post("/scan", data={}, headers={"Origin": own}).status_code == 400


def test_the_style_sheet_is_our_own(browser: httpx2.Client) -> None:
    response = browser.get("/static/app.css")
    assert response.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://localhost:8080/a?b=c#d", True),
        ("https://127.0.0.1/a", True),
        ("http://127.5.5.5/a", True),
        ("http://[::1]:8080/a", True),
        ("http://localhost.evil.example/", False),
        ("http://localhost@evil.example/", False),
        ("http://user@localhost/", False),
        ("//localhost/", False),
        ("/relative", False),
        ("http:\\\\evil.example", False),
        ("http://evil.example\\@localhost/", False),
        ("http://localhost/a\\b", False),
        ("javascript:alert(1)", False),
        ("http://localhost:99999/", False),
        ("http://localhost/\r\nX: y", False),
        ("http://192.168.0.1/", False),
        ("http://0.0.0.0/", False),
        ("googlechrome://localhost", False),
        (None, False),
    ],
)
def test_only_loopback_web_addresses_are_followed(url: str | None, *, allowed: bool) -> None:
    assert (loopback_url(url) == url) if allowed else loopback_url(url) is None


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Avtal\nRad ett\nrad två", "<h3>Avtal</h3><p>Rad ett<br>rad två</p>"),
        ("**fet** och *kursiv*", "<p><strong>fet</strong> och <em>kursiv</em></p>"),
        (
            "- ett\n- två\n\n1. a\n2. b",
            "<ul><li>ett</li><li>två</li></ul><ol><li>a</li><li>b</li></ol>",
        ),
        ("över\n---\nunder", "<p>över</p><hr><p>under</p>"),
        ("2 * 3 * 4 och a_b_c", "<p>2 * 3 * 4 och a_b_c</p>"),
        ("<b>*x*</b>", "<p>&lt;b&gt;<em>x</em>&lt;/b&gt;</p>"),
        ('[x](javascript:1) "', "<p>[x](javascript:1) &#34;</p>"),
        ("#Inte rubrik", "<p>#Inte rubrik</p>"),
    ],
)
def test_simple_markdown(text: str, html: str) -> None:
    assert str(render(text)) == html


def test_markdown_is_shown_only_when_the_order_says_so(
    rp: RelyingParty, control: Control, browser: httpx2.Client
) -> None:
    for form, expected in (("simpleMarkdownV1", "<h3>Hej</h3>"), ("plaintext", "# Hej")):
        order = rp.sign("# Hej", userVisibleDataFormat=form)
        response = browser.get(f"/order/{control.order(order)['screen']}")
        read(response)
        assert expected in response.text
