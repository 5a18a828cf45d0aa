"""Login, registration, account, company account and staying logged in, over a gateway that says what a test wants."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import httpx2
import pytest
from markupsafe import escape

LOGIN = str(UUID(int=7))
LOGINS = "/identity/v1/logins"
HOME, COMPANY = str(UUID(int=11)), str(UUID(int=12))
KEY = str(UUID(int=99))
JSON = {"Accept": "application/json", "Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}
SESSION_COOKIE = ("set-cookie", f"__Host-sid={'n' * 43}; Path=/; Secure; HttpOnly; SameSite=Lax")
TERMS = {"version": "2026-11-01", "text": "Villkoren.\nRad två."}


def a_login(status: str = "pending", **more: Any) -> dict[str, Any]:
    return {
        "login_id": LOGIN,
        "device": "other",
        "status": status,
        "hint_code": None,
        "message": {"code": "RFA1", "text": "Starta BankID-appen."},
        "qr": "bankid.67df3917.0.dc69358e",
        "return_path": None,
        "expires_at": "2026-11-22T10:00:30Z",
        "auto_start_token": None,
        "launch_url": None,
        "session": None,
    } | more


def complete(portal, *, accounts: list[dict[str, Any]] | None = None, registered: bool = True) -> None:
    """The next poll logs in."""
    portal.log_in(account=None, registered=registered, accounts=accounts)
    portal.client.delete_cookie("__Host-sid", domain="localhost")
    body = a_login("complete", qr=None)
    portal.api.on("POST", f"{LOGINS}/{LOGIN}/polls", body, headers=[SESSION_COOKIE])


def test_T12_FA2_the_code_is_drawn_and_the_message_is_bankids(portal):
    portal.api.on("POST", LOGINS, a_login(), status=201, headers=[("set-cookie", f"__Host-pre={'p' * 43}; Path=/")])
    answer = portal.post("/logga-in", {"device": "other", "next": "/fakturor"}, headers=JSON)
    assert answer.json["message"] == "Starta BankID-appen."
    assert answer.json["qr"].startswith("<svg")
    assert 'xmlns="http://www.w3.org/2000/svg"' in answer.json["qr"], "read as XML by the page's script"
    assert answer.headers["Set-Cookie"].startswith("__Host-pre=")
    assert portal.api.sent("POST", LOGINS) == {"device": "other", "return_path": "/fakturor"}


def test_T12_without_script_the_page_comes_anew_and_can_be_cancelled(portal):
    portal.api.on("POST", LOGINS, a_login(), status=201)
    answer = portal.post("/logga-in", {"device": "other", "next": "/fakturor"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/logga-in/{LOGIN}?next=%2Ffakturor")
    portal.api.on("POST", f"{LOGINS}/{LOGIN}/polls", a_login())
    page = portal.get(answer.headers["Location"]).text
    assert '<meta http-equiv="refresh" content="2">' in page
    assert "<svg" in page
    assert f'action="/logga-in/{LOGIN}/avbryt"' in page
    portal.api.on("DELETE", f"{LOGINS}/{LOGIN}", status=204)
    cancelled = portal.post(f"/logga-in/{LOGIN}/avbryt", {"next": "/fakturor"}).headers["Location"]
    assert cancelled == "/logga-in?orsak=avbruten&next=%2Ffakturor", "as with JavaScript"


def test_T12_FA3_an_order_that_failed_stops_the_page_and_offers_a_new_one(portal):
    failed = a_login("failed", qr=None, message={"code": "RFA6", "text": "Åtgärden avbröts."})
    portal.api.on("POST", f"{LOGINS}/{LOGIN}/polls", failed)
    page = portal.get(f"/logga-in/{LOGIN}").text
    assert "Åtgärden avbröts." in page
    assert "http-equiv" not in page
    assert "Försök igen" in page


def test_T20_the_only_account_needs_no_choosing(portal):
    complete(portal, accounts=[_row(HOME)])
    portal.api.on("PUT", "/identity/v1/session/account", {"account_id": HOME})
    answer = portal.post(f"/logga-in/{LOGIN}", {"next": "/fakturor"}, headers=JSON)
    assert answer.json["go"] == "/fakturor"
    (call,) = portal.api.asked("PUT", "/identity/v1/session/account")
    assert call.headers["minasidor-account"] == HOME
    assert call.headers["cookie"] == f"__Host-sid={'n' * 43}", "the new session, not the old one"
    assert call.headers["origin"] == "http://localhost:8080"


def test_T20_FB12_the_only_account_is_not_entered_while_it_is_suspended(portal):
    complete(portal, accounts=[_row(HOME) | {"notice": "Kontot är spärrat."}])
    answer = portal.post(f"/logga-in/{LOGIN}", {"next": "/fakturor"}, headers=JSON)
    assert answer.json["go"] == "/konto?next=%2Ffakturor", "where it says why"
    assert not portal.api.asked("PUT", "/identity/v1/session/account")


def test_T20_FA10_several_accounts_are_asked_about_unless_the_wanted_page_names_one(portal):
    complete(portal)
    assert (
        portal.post(f"/logga-in/{LOGIN}", {"next": "/fakturor"}, headers=JSON).json["go"] == "/konto?next=%2Ffakturor"
    )
    portal.api.on("PUT", "/identity/v1/session/account", {"account_id": COMPANY})
    wanted = f"/fakturor?konto={COMPANY}"
    assert portal.post(f"/logga-in/{LOGIN}", {"next": wanted}, headers=JSON).json["go"] == wanted


def test_T14_the_first_login_leads_to_the_terms(portal):
    complete(portal, registered=False)
    assert portal.post(f"/logga-in/{LOGIN}", {"next": "/"}, headers=JSON).json["go"] == "/registrera"


def test_C16_a_return_without_the_browser_that_began_is_refused(portal):
    portal.api.refuse("POST", f"{LOGINS}/{LOGIN}/returns", 404, "login-not-found")
    answer = portal.post("/logga-in/retur", {"login": LOGIN, "nonce": "x"}, headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (404, "login-not-found")
    assert portal.post("/logga-in/retur", {"login": "../../x"}, headers=JSON).status_code == 404
    assert len(portal.api.calls) == 1, "what is no id is not asked about"


LAUNCH = "https://app.bankid.com/?autostarttoken=x&redirect=null"
BACK = {"login": LOGIN, "nonce": "n" * 43}


def test_T13_without_script_the_app_is_opened_by_a_link_on_a_page_that_stays(portal):
    same = a_login(device="same", qr=None, launch_url=LAUNCH)
    portal.api.on("POST", LOGINS, same, status=201)
    answer = portal.post("/logga-in", {"device": "same", "next": "/fakturor"})
    sent = {"device": "same", "return_path": "/fakturor", "return_mode": "query"}
    assert portal.api.sent("POST", LOGINS) == sent, "a fragment would reach nobody"
    portal.api.on("POST", f"{LOGINS}/{LOGIN}/polls", same)
    page = portal.get(answer.headers["Location"]).text
    assert f'href="{escape(LAUNCH)}"' in page
    assert "http-equiv" not in page, "it would go away under the finger"
    assert "Uppdatera nu" in page


def test_T13_without_script_an_app_that_was_never_opened_is_tried_again_on_the_same_device(portal):
    failed = a_login("failed", device="same", qr=None, message={"code": "RFA17A", "text": "Appen hittades inte."})
    portal.api.on("POST", f"{LOGINS}/{LOGIN}/polls", failed)
    page = portal.get(f"/logga-in/{LOGIN}").text
    assert "Appen hittades inte." in page
    assert '<input type="hidden" name="device" value="same">' in page


def test_T13_C16_without_script_reading_the_page_to_come_back_to_logs_nobody_in_and_its_button_does(portal):
    page = portal.get("/logga-in/retur", query_string=BACK)
    assert not portal.api.calls
    for name, value in BACK.items():
        assert f'name="{name}" value="{value}"' in page.text
    portal.api.on("POST", f"{LOGINS}/{LOGIN}/returns", a_login("complete", qr=None, return_path="/fakturor"))
    portal.log_in(accounts=[_row(HOME)])
    portal.api.on("PUT", "/identity/v1/session/account", {"account_id": HOME})
    assert portal.post("/logga-in/retur", BACK).headers["Location"] == "/fakturor"
    assert portal.api.sent("POST", f"{LOGINS}/{LOGIN}/returns") == {"nonce": BACK["nonce"]}


def test_T13_without_script_whoever_is_back_before_bankid_is_done_waits_on_a_page_that_comes_anew(portal):
    going = a_login(device="same", qr=None, return_path="/fakturor")
    portal.api.on("POST", f"{LOGINS}/{LOGIN}/returns", going)
    answer = portal.post("/logga-in/retur", BACK)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/logga-in/{LOGIN}?next=%2Ffakturor")
    portal.api.on("POST", f"{LOGINS}/{LOGIN}/polls", going)
    assert '<meta http-equiv="refresh" content="2">' in portal.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    "said", [BACK, {"login": "../../x", "nonce": "x"}, {}], ids=["another-browser", "no-id", "empty"]
)
def test_C16_without_script_a_return_without_the_browser_that_began_says_to_start_over(portal, said):
    portal.api.refuse("POST", f"{LOGINS}/{LOGIN}/returns", 404, "login-not-found")
    answer = portal.post("/logga-in/retur", said)
    assert answer.status_code == 404
    assert "Börja om från början, i samma webbläsare" in answer.text
    assert "n" * 43 not in answer.text


def test_T13_without_script_a_return_while_the_api_is_away_is_an_outage_and_no_refusal(portal):
    portal.api.refuse("POST", f"{LOGINS}/{LOGIN}/returns", 503, "unavailable")
    assert portal.post("/logga-in/retur", BACK).status_code == 503


def test_T12_bankid_away_is_said_on_the_page(portal):
    portal.api.refuse("POST", LOGINS, 503, "bankid-unavailable")
    page = portal.post("/logga-in", {"device": "other"})
    assert page.status_code == 503
    assert "Titel bankid-unavailable" in page.text
    assert "BankID på annan enhet" in page.text, "with the way to try again"


def test_S17_a_session_that_has_ended_is_said_once(portal):
    portal.client.set_cookie("__Host-sid", "s" * 43, domain="localhost")
    portal.api.refuse("GET", "/identity/v1/session", 401, "not-logged-in")
    page = portal.get("/logga-in")
    assert "Du var inaktiv i 30 minuter" in page.text
    assert "__Host-sid=;" in page.headers["Set-Cookie"]
    assert "Du var inaktiv" not in portal.get("/logga-in").text


def test_T15_T16_registering_sends_what_was_read_and_accepted(portal):
    portal.log_in(account=None, registered=False, accounts=[])
    portal.api.on("GET", "/identity/v1/terms", TERMS)
    page = portal.get("/registrera").text
    assert "Rad två." in page
    refused = portal.post("/registrera", {"terms_version": TERMS["version"], "email": "karin@exempel.se"})
    assert refused.status_code == 422
    assert "Kryssa i att du godkänner villkoren" in refused.text
    assert 'value="karin@exempel.se"' in refused.text, "what was typed is kept"
    portal.api.on("POST", "/identity/v1/registrations", {"person_id": str(UUID(int=1))}, status=201)
    portal.post("/registrera", {"terms_version": TERMS["version"], "accept_terms": "yes", "email": "karin@exempel.se"})
    assert portal.api.sent("POST", "/identity/v1/registrations") == {
        "accept_terms": True,
        "terms_version": "2026-11-01",
        "email": "karin@exempel.se",
        "phone": None,
        "locale": "sv",
    }
    (call,) = portal.api.asked("POST", "/identity/v1/registrations")
    assert call.headers["idempotency-key"] == KEY


def test_T16_terms_that_have_changed_meanwhile_are_shown_anew(portal):
    portal.log_in(account=None, registered=False, accounts=[])
    portal.api.on("GET", "/identity/v1/terms", TERMS | {"version": "2026-12-01"})
    portal.api.refuse("POST", "/identity/v1/registrations", 409, "terms-outdated")
    page = portal.post("/registrera", {"terms_version": "2026-11-01", "accept_terms": "yes"})
    assert page.status_code == 409
    assert "Detalj terms-outdated" in page.text
    assert 'value="2026-12-01"' in page.text
    assert f'value="{KEY}"' not in page.text, "a refusal is kept with its key: the next try has its own"


@pytest.mark.parametrize(
    ("status", "message", "title"),
    [
        ("none", "Du har inga aktiva tjänster hos oss.", "Inga aktiva tjänster"),
        ("pending", "Vi håller på att registrera dig som kund.", "Vi är inte klara än"),
    ],
)
def test_T18_T19_D14_who_has_no_account_is_told_which_of_the_two_it_is(portal, status, message, title):
    portal.log_in(account=None, accounts=[], status=status, message=message)
    page = portal.get("/konto").text
    assert message in page
    assert f'<h1 class="ds-heading" data-size="lg">{title}</h1>' in page
    assert 'href="/foretagskonto"' in page


def test_T20_an_account_that_is_gone_is_said_with_the_others_to_choose(portal):
    portal.log_in()
    portal.api.refuse("PUT", "/identity/v1/session/account", 403, "no-access")
    page = portal.post("/konto", {"choose": COMPANY})
    assert page.status_code == 403
    assert "Detalj no-access" in page.text
    assert "Bageriet AB" in page.text


PATH = "/org-registry/v1/company-accounts"
T28 = "Det gick bra att uppdatera organisationen. Nu kan du logga in på ditt företagskonto på Mina sidor."
T31 = "Ej tillåtet att göra företagskoppling. Du behöver vara firmatecknare."


def test_T25_T26_T28_T29_the_account_is_opened_with_the_exact_text(portal):
    portal.log_in()
    body = {"status": "opened", "message": T28, "account_id": COMPANY, "confirm_before": None}
    portal.api.on("POST", PATH, body, status=201)
    assert "Organisationsnummer" in portal.get("/foretagskonto").text
    page = portal.post("/foretagskonto", {"organisation_number": " 552000-0018 "}).text
    assert T28 in page
    assert f'name="choose" value="{COMPANY}"' in page
    assert portal.api.sent("POST", PATH) == {"organisation_number": "552000-0018"}


def test_D10_B_06_waiting_for_the_second_signatory_is_explained_and_shows_nothing_of_the_company(portal):
    portal.log_in()
    body = {
        "status": "waiting-cosignatory",
        "message": "Du tecknar firman tillsammans med någon annan.",
        "account_id": None,
        "confirm_before": "2027-02-20T10:00:00Z",
    }
    portal.api.on("POST", PATH, body, status=202)
    page = portal.post("/foretagskonto", {"organisation_number": "5520000026"}).text
    assert "Du tecknar firman tillsammans" in page
    assert "20 februari 2027" in page
    assert 'name="choose"' not in page


def test_T30_T31_T32_T22_no_signatory_gives_the_exact_text_and_the_ways_that_are_left(portal):
    portal.log_in()
    portal.api.refuse("POST", PATH, 403, "not-signatory", detail=T31, title="Inget konto har skapats")
    page = portal.post("/foretagskonto", {"organisation_number": "5520000018"})
    assert page.status_code == 403
    assert T31 in page.text
    assert "Kontakta kundservice" in page.text
    assert 'href="/fullmakt"' in page.text


def test_D11_an_outage_of_the_register_is_no_refusal_and_the_same_try_can_be_made_again(portal):
    portal.log_in()
    portal.api.refuse("POST", PATH, 503, "register-unavailable", title="Bolagsverket svarar inte")
    page = portal.post("/foretagskonto", {"organisation_number": "5520000018"})
    assert page.status_code == 503
    assert "Bolagsverket svarar inte" in page.text
    assert T31 not in page.text
    assert 'value="5520000018"' in page.text
    assert f'value="{KEY}"' in page.text, "the same action keeps its key"


def test_T25_a_number_that_is_wrong_is_said_at_its_field(portal):
    portal.log_in()
    assert "Skriv in organisationsnumret" in portal.post("/foretagskonto", {"organisation_number": ""}).text
    assert not portal.api.asked("POST", PATH)
    wrong = [{"field": "organisation_number", "detail": "Ange tio siffror."}]
    portal.api.refuse("POST", PATH, 422, "validation-error", errors=wrong)
    page = portal.post("/foretagskonto", {"organisation_number": "1"})
    assert page.status_code == 422
    assert 'aria-describedby="help-organisation_number error-organisation_number" aria-invalid="true"' in page.text


def test_B_03_D20_FA8_staying_logged_in_with_and_without_script(portal):
    portal.log_in()
    later = {"warn_at": "2026-11-22T11:28:00Z", "idle_expires_at": "2026-11-22T11:30:00Z"}
    portal.api.on("POST", "/identity/v1/session/extensions", later)
    answer = portal.post("/stanna-inloggad", headers=JSON)
    assert answer.json == {
        "warn_at": "2026-11-22T11:28:00Z",
        "ends_at": "2026-11-22T11:30:00Z",
        "note": "Du loggas ut automatiskt kl. 12:30 om du inte gör något innan dess.",
    }
    plain = portal.post("/stanna-inloggad", {"next": "/konto"})
    assert (plain.status_code, plain.headers["Location"]) == (303, "/konto")


def test_B_03_D20_asking_for_the_time_left_does_not_keep_the_session_alive(portal):
    portal.log_in()
    assert set(portal.get("/session").json) == {"warn_at", "ends_at", "note"}
    (call,) = portal.api.asked("GET", "/identity/v1/session")
    assert call.headers["minasidor-background"] == "true"
    portal.api.refuse("GET", "/identity/v1/session", 401, "not-logged-in")
    assert portal.get("/session").status_code == 401
    portal.api.refuse("POST", "/identity/v1/session/extensions", 401, "not-logged-in")
    assert portal.post("/stanna-inloggad", headers=JSON).status_code == 401


def test_B_03_S17_every_page_says_when_without_script(portal):
    portal.log_in()
    assert "Du loggas ut automatiskt kl. 11:30" in portal.get("/konto").text


def test_D27_the_chosen_language_is_kept_here_and_for_the_notices(portal):
    portal.log_in()
    portal.api.on("PATCH", "/identity/v1/me", {})
    answer = portal.post("/sprak", {"language": "en", "next": "/konto"})
    assert answer.headers["Location"] == "/konto"
    assert portal.api.sent("PATCH", "/identity/v1/me") == {"locale": "en"}
    page = portal.get("/konto").text
    assert '<html lang="en"' in page
    assert "Choose an account" in page
    assert portal.api.calls[-1].headers["accept-language"] == "en"


def test_D27_without_a_choice_the_browser_decides_and_swedish_is_first(portal):
    assert '<html lang="en"' in portal.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert '<html lang="sv"' in portal.get("/", headers={"Accept-Language": "de"}).text
    assert '<html lang="sv"' in portal.get("/").text


def test_C17_the_browsers_own_address_goes_along_and_what_it_claims_does_not(portal):
    portal.api.on("POST", LOGINS, lambda _: httpx2.Response(503, json={"code": "x"}))
    headers = {"X-Real-IP": "192.0.2.7", "X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer x"}
    portal.post("/logga-in", {"device": "other"}, headers=JSON | headers)
    (call,) = portal.api.asked("POST", LOGINS)
    assert call.headers["x-forwarded-for"] == "192.0.2.7"
    assert "authorization" not in call.headers


def test_every_icon_that_a_page_shows_is_in_the_file(portal):
    from pathlib import Path

    import portal as package

    root = Path(package.__file__).parent
    known = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (root / "static/vendor/icons.svg").read_text()))
    asked = set()
    for path in root.rglob("*.html"):
        asked |= set(re.findall(r"""\bicon\(["']([a-z0-9-]+)["']""", path.read_text()))
    assert asked
    assert asked - known == set()


def _row(account_id: str) -> dict[str, Any]:
    return {
        "id": account_id,
        "kind": "private",
        "display_name": "Storgatan 1",
        "role": "owner",
        "read_only": False,
        "services": None,
        "membership_id": str(UUID(int=21)),
    }
