"""Signing with BankID: reading, starting, following, stopping, declining, and what became of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from portal.signed_text import blocks

ORDER, INVITED = str(UUID(int=31)), str(UUID(int=41))
HERE, PATH = f"/skriv-under/{ORDER}", f"/identity/v1/sign-orders/{ORDER}"
CSRF = "csrf-token-of-the-session"
JSON = {"Accept": "application/json", "Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}
REASONS = {
    "cancelled": "Du avstod",
    "withdrawn": "dragit tillbaka",
    "expired": "Tiden gick ut",
    "other-person": "Någon annans BankID",
    "risk-high": "säkerhetsskäl",
    "proof-refused": "gick inte att kontrollera",
}


def an_order(status: str = "pending", reason: str | None = None, **more):
    return {
        "sign_order_id": ORDER,
        "subject_id": INVITED,
        "purpose": "case-submission",
        "status": status,
        "reason": reason,
        "text": "# Ansökan\n\nJag intygar att **uppgifterna är riktiga**.",
        "created_at": "2026-11-22T09:00:00Z",
        "expires_at": "2026-11-23T09:00:00Z",
        "ended_at": None if status == "pending" else "2026-11-22T09:30:00Z",
    } | more


def followed(status: str = "pending", order=None, **more):
    attempt = {
        "device": "other",
        "status": status,
        "hint_code": None,
        "message": {"code": "RFA1", "text": "Starta BankID-appen."},
        "qr": "bankid.67df3917.0.dc69358e",
        "expires_at": "2026-11-22T10:00:30Z",
        "launch_url": None,
    }
    return {"attempt": attempt | more, "order": order or an_order()}


@pytest.fixture
def signer(portal):
    portal.log_in()
    portal.api.on("GET", PATH, an_order())
    return portal


def test_S_what_is_signed_who_asks_and_until_when_stand_on_the_page(signer):
    page = signer.get(HERE).text
    assert "<p><strong>Ansökan</strong></p>" in page
    assert "Jag intygar att <strong>uppgifterna är riktiga</strong>." in page
    assert "Exempelverken, för ett ärende som du skickar in" in page
    assert "Karin Test" in page
    assert "23 november 2026 kl.\xa010:00" in page
    assert "data-eager" not in page, "nothing starts before the text has been read"
    assert not signer.api.asked("POST", f"{PATH}/starts")


def test_S_C21_the_text_is_text(signer):
    signer.api.on("GET", PATH, an_order(text="<script>alert(1)</script> **<b>x</b>**"))
    page = signer.get(HERE).text
    assert "<script>alert" not in page
    assert "<strong>&lt;b&gt;x&lt;/b&gt;</strong>" in page


def test_S_a_purpose_without_a_name_of_its_own_is_the_operators(signer):
    signer.api.on("GET", PATH, an_order(purpose="power-of-attorney"))
    assert "Exempelverken, genom Mina sidor" in signer.get(HERE).text


def test_S_FA10_who_is_not_logged_in_comes_back_to_the_text(portal):
    assert portal.get(HERE).headers["Location"] == f"/logga-in?next=%2Fskriv-under%2F{ORDER}"


def test_S_another_persons_order_is_not_found(signer):
    signer.api.refuse("GET", PATH, 404, "sign-order-not-found")
    page = signer.get(HERE)
    assert page.status_code == 404
    assert "Titel sign-order-not-found" in page.text


def test_S_T12_the_script_gets_the_code_and_follows_until_it_is_signed(signer):
    signer.api.on("POST", f"{PATH}/starts", followed())
    began = signer.post("/skriv-under", {"order": ORDER, "device": "other"}, headers=JSON).json
    assert (began["id"], began["status"], began["go"], began["launch"]) == (ORDER, "pending", "", None)
    assert began["qr"].startswith("<svg")
    assert signer.api.sent("POST", f"{PATH}/starts") == {"device": "other"}
    (call,) = signer.api.asked("POST", f"{PATH}/starts")
    assert call.headers["x-csrf-token"] == CSRF
    signer.api.on("POST", f"{PATH}/polls", followed("complete", an_order("completed"), qr=None))
    assert signer.post(HERE, headers=JSON).json["go"] == HERE
    (poll,) = signer.api.asked("POST", f"{PATH}/polls")
    assert poll.headers["minasidor-background"] == "true", "asking keeps nobody logged in"


def test_S_T13_the_app_on_this_device_is_opened_by_its_address(signer):
    launch = "https://app.bankid.com/?autostarttoken=x"
    signer.api.on("POST", f"{PATH}/starts", followed(device="same", qr=None, launch_url=launch))
    began = signer.post("/skriv-under", {"order": ORDER, "device": "same"}, headers=JSON).json
    assert (began["launch"], began["qr"]) == (launch, "")


def test_S_T13_without_script_it_is_signed_on_this_device_by_a_link_and_a_button(signer):
    launch = "https://app.bankid.com/?autostarttoken=x"
    begun = followed(device="same", qr=None, launch_url=launch)
    signer.api.on("POST", f"{PATH}/starts", begun)
    answer = signer.post("/skriv-under", {"order": ORDER, "device": "same"})
    assert signer.api.sent("POST", f"{PATH}/starts") == {"device": "same", "return_mode": "query"}
    signer.api.on("POST", f"{PATH}/polls", begun)
    page = signer.get(answer.headers["Location"]).text
    assert f'href="{launch}"' in page
    assert "http-equiv" not in page
    page = signer.get("/skriv-under/retur", query_string={"order": ORDER, "nonce": "y"}).text
    assert f'name="login" value="{ORDER}"' in page
    signer.api.on("POST", f"{PATH}/returns", followed("complete", an_order("completed"), qr=None))
    assert signer.post("/skriv-under/retur", {"login": ORDER, "nonce": "y"}).headers["Location"] == HERE
    signer.api.on("POST", f"{PATH}/returns", followed(device="same", qr=None))
    assert signer.post("/skriv-under/retur", {"login": ORDER, "nonce": "y"}).headers["Location"] == f"{HERE}/pagar"
    signer.api.refuse("POST", f"{PATH}/returns", 404, "sign-order-not-found")
    missing = signer.post("/skriv-under/retur", {"login": ORDER, "nonce": "y"})
    assert (missing.status_code, "ingen underskrift som hör till" in missing.text) == (404, True)


def test_S_a_try_that_failed_leaves_the_order_to_be_tried_again(signer):
    failed = followed("failed", qr=None, message={"code": "RFA6", "text": "Åtgärden avbröts."})
    signer.api.on("POST", f"{PATH}/polls", failed)
    said = signer.post(HERE, headers=JSON).json
    assert (said["status"], said["message"], said["go"]) == ("failed", "Åtgärden avbröts.", "")
    page = signer.get(f"{HERE}/pagar").text
    assert "Åtgärden avbröts." in page
    assert "http-equiv" not in page
    assert "Försök igen" in page
    assert f'href="{HERE}"' in page


def test_S_without_script_the_page_comes_anew_until_it_is_signed(signer):
    signer.api.on("POST", f"{PATH}/starts", followed())
    answer = signer.post("/skriv-under", {"order": ORDER, "device": "other"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{HERE}/pagar")
    signer.api.on("POST", f"{PATH}/polls", followed())
    page = signer.get(answer.headers["Location"]).text
    assert '<meta http-equiv="refresh" content="2">' in page
    assert "<svg" in page
    (poll,) = signer.api.asked("POST", f"{PATH}/polls")
    assert (poll.headers["x-csrf-token"], poll.headers["origin"]) == (CSRF, "http://localhost:8080")
    signer.api.on("POST", f"{PATH}/polls", followed("complete", an_order("completed"), qr=None))
    assert signer.get(answer.headers["Location"]).headers["Location"] == HERE
    signer.api.refuse("POST", f"{PATH}/polls", 404, "sign-order-not-found")
    assert signer.get(answer.headers["Location"]).headers["Location"] == HERE


def test_S_stopping_or_leaving_ends_the_try_and_not_the_order(signer):
    signer.api.on("DELETE", f"{PATH}/starts", status=204)
    stopped = signer.post(f"{HERE}/avbryt")
    assert stopped.headers["Location"] == f"{HERE}?orsak=avbruten"
    assert "Inget är underskrivet" in signer.get(stopped.headers["Location"]).text
    assert signer.post(f"{HERE}/avbryt", {"left": "1"}).status_code == 204
    signer.api.refuse("DELETE", f"{PATH}/starts", 404, "sign-order-not-found")
    assert signer.post(f"{HERE}/avbryt").status_code == 303, "no try under way is what was wanted"
    assert not signer.api.asked("DELETE", PATH)


def test_S_declining_asks_first_and_is_said_afterwards(signer):
    page = signer.get(HERE).text
    assert 'data-dialog="decline"' in page
    signer.api.on("DELETE", PATH, status=204)
    answer = signer.post(f"{HERE}/avsta")
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    signer.api.on("GET", PATH, an_order("failed", "cancelled"))
    page = signer.get(HERE).text
    assert "Du avstod från att skriva under." in page
    assert 'action="/skriv-under"' not in page


def test_S_what_is_signed_says_when_and_begins_nothing(signer):
    signer.api.on("GET", PATH, an_order("completed"))
    page = signer.get(HERE).text
    assert "Underskriften gjordes 22 november 2026 kl.\xa010:30" in page
    assert 'action="/skriv-under"' not in page
    assert "login.js" not in page
    assert "uppgifterna är riktiga" in page


@pytest.mark.parametrize(("reason", "said"), REASONS.items(), ids=list(REASONS))
def test_S_what_ended_unsigned_says_why(signer, reason, said):
    signer.api.on("GET", PATH, an_order("failed", reason))
    page = signer.get(HERE).text
    assert said in page
    assert "Det går inte längre att skriva under" in page
    assert 'action="/skriv-under"' not in page


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (503, "bankid-unavailable"),
        (409, "sign-order-closed"),
        (409, "bankid-already-running"),
        (429, "sign-attempts-too-many"),
    ],
)
def test_S_a_start_that_is_refused_is_said_over_the_text(signer, status, code):
    signer.api.refuse("POST", f"{PATH}/starts", status, code)
    page = signer.post("/skriv-under", {"order": ORDER, "device": "other"})
    assert page.status_code == status
    assert f"Titel {code}" in page.text
    assert "uppgifterna är riktiga" in page.text
    said = signer.post("/skriv-under", {"order": ORDER, "device": "other"}, headers=JSON)
    assert (said.json["status"], said.json["title"]) == ("error", f"Titel {code}")


def test_S_S17_a_session_that_has_ended_leads_the_script_to_the_login_and_back(signer):
    signer.api.refuse("POST", f"{PATH}/polls", 401, "not-logged-in")
    assert signer.post(HERE, headers=JSON).json["go"] == f"/logga-in?next=%2Fskriv-under%2F{ORDER}"
    signer.api.refuse("POST", f"{PATH}/starts", 401, "not-logged-in")
    assert signer.post("/skriv-under", {"order": ORDER, "device": "other"}).status_code == 401


def test_S_C16_the_way_back_needs_the_browser_that_began(portal):
    portal.log_in()
    portal.api.refuse("POST", f"{PATH}/returns", 404, "sign-order-not-found")
    answer = portal.post("/skriv-under/retur", {"login": ORDER, "nonce": "x"}, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (404, "sign-order-not-found")
    assert portal.post("/skriv-under/retur", {"login": "../x"}, headers=JSON).status_code == 404
    portal.api.on("POST", f"{PATH}/returns", followed("complete", an_order("completed"), qr=None))
    done = portal.post("/skriv-under/retur", {"login": ORDER, "nonce": "y"}, headers=JSON).json
    assert (done["go"], done["id"]) == (HERE, ORDER)


def test_S_C16_the_page_to_come_back_to_is_the_same_for_everybody_and_nobody_is_led_there_from_a_login(portal):
    page = portal.get("/skriv-under/retur")
    assert page.status_code == 200
    assert not portal.api.calls
    assert 'data-at="/skriv-under"' in page.text
    assert 'data-next="/oversikt"' in portal.get("/logga-in?next=/skriv-under/retur").text


def test_S_what_is_no_id_or_no_device_starts_nothing(signer):
    assert signer.post("/skriv-under", {"order": "../x", "device": "other"}).status_code == 404
    assert signer.post("/skriv-under", {"order": ORDER, "device": "x"}).headers["Location"] == HERE
    assert not [call for call in signer.api.calls if call.method != "GET"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("# Ett\n## Två\ntext", ["heading", "heading", "text"]),
        ("- a\n* b\n\n1. c\n2) d", ["list", "ordered"]),
        ("ett\ntvå\n\ntre", ["text", "text"]),
        ("---\ntext", ["rule", "text"]),
        ("#hash -minus 2*3*4", ["text"]),
        ("", []),
    ],
    ids=["headings", "lists", "paragraphs", "rule", "no-marks", "empty"],
)
def test_S_the_text_is_laid_out_as_in_the_app(text, kinds):
    assert [block.kind for block in blocks(text)] == kinds


def test_S_nothing_of_the_text_is_hidden():
    text = "1. **Avgift** 2*3*4 [länk](x) `kod` *lutad* **öppen\n| a | b |"
    shown = "\n".join("".join(part for _, part in line) for block in blocks(text) for line in block.lines)
    assert shown == "1. Avgift 2*3*4 [länk](x) `kod` lutad **öppen\n| a | b |"


def test_FC14_what_a_mandate_is_for_is_said_and_the_signature_leads_back_to_the_invitation(signer):
    back = f"/behorigheter/inbjudningar/{INVITED}"
    signer.api.on("GET", PATH, an_order(purpose="mandate"))
    assert "Exempelverken, för att du godkänner att någon får behörighet" in signer.get(HERE).text
    signer.api.on("POST", f"{PATH}/polls", followed("complete", an_order("completed", purpose="mandate"), qr=None))
    assert signer.post(HERE, headers=JSON).json["go"] == back
    assert signer.get(f"{HERE}/pagar").headers["Location"] == back
    signer.api.on("GET", PATH, an_order("completed", purpose="mandate"))
    page = signer.get(HERE).text
    assert f'href="{back}"' in page
    assert "Till inbjudan" in page


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_FC14_a_mandate_that_was_not_signed_says_why_first_and_leads_back_too(signer, reason):
    over = an_order("failed", reason, purpose="mandate")
    signer.api.on("POST", f"{PATH}/polls", followed("failed", over, qr=None))
    assert signer.post(HERE, headers=JSON).json["go"] == HERE
    signer.api.on("GET", PATH, over)
    page = signer.get(HERE).text
    assert REASONS[reason] in page
    assert f'href="/behorigheter/inbjudningar/{INVITED}"' in page
