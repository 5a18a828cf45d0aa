from __future__ import annotations

import pytest

TOKEN = "t" * 43
LOOKUPS, ACCEPTANCES, DECLINES = (
    f"/invitations/v1/{name}" for name in ("invitation-lookups", "acceptances", "declines")
)
SEEN = {"status": "sent", "expires_at": "2026-11-25T10:00:00Z"}


def opened(portal, link=f"http://localhost:8080/inbjudan#{TOKEN}"):
    return portal.post("/inbjudan", {"link": link})


@pytest.fixture
def invited(portal):
    portal.api.on("POST", LOOKUPS, SEEN)
    assert opened(portal).status_code == 303
    return portal


def test_T46_C11_opening_the_link_asks_the_api_nothing_and_changes_nothing(portal):
    answer = portal.get("/inbjudan")
    assert answer.status_code == 200
    assert portal.api.calls == []
    assert "secret_link.js" in answer.text


def test_C12_the_secret_is_posted_kept_in_a_cookie_that_no_script_reads_and_stands_in_no_address(portal):
    answer = opened(portal)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbjudan/svar")
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-invitation=")]
    for part in ("HttpOnly", "Secure", "SameSite=Lax", "Max-Age=3600"):
        assert part in cookie
    portal.api.on("POST", LOOKUPS, SEEN)
    assert TOKEN not in portal.get("/inbjudan/svar").text
    assert portal.api.sent("POST", LOOKUPS) == {"token": TOKEN}
    assert not any(TOKEN in str(call.url) for call in portal.api.calls)


def test_B_24_without_javascript_the_whole_link_or_its_end_can_be_pasted(portal):
    assert opened(portal, TOKEN).status_code == 303
    answer = opened(portal, "http://localhost:8080/inbjudan")
    assert answer.status_code == 422
    assert "det som står efter #" in answer.text


def test_T47_who_is_not_logged_in_sees_the_deadline_and_is_led_to_bankid_and_back(invited):
    html = invited.get("/inbjudan/svar").text
    assert "25 november 2026" in html
    assert "/logga-in?next=%2Finbjudan%2Fsvar" in html
    assert "/inbjudan/acceptera" not in html


def test_T14_a_newcomer_registers_first(invited):
    invited.log_in(account=None, registered=False, accounts=[])
    assert "/registrera?next=%2Finbjudan%2Fsvar" in invited.get("/inbjudan/svar").text


def test_T51_accepting_is_done_by_the_person_who_is_named_and_gives_no_access_yet(invited):
    invited.log_in(account=None, accounts=[])
    assert "Du är inloggad som Karin Test" in invited.get("/inbjudan/svar").text
    invited.api.on("POST", ACCEPTANCES, {}, status=201)
    answer = invited.post("/inbjudan/acceptera")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbjudan/tack")
    assert invited.api.sent("POST", ACCEPTANCES) == {"token": TOKEN}
    assert "__Host-invitation=;" in answer.headers["Set-Cookie"]
    assert "ingen tillgång till kontot förrän dess" in invited.get("/inbjudan/tack").text


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("accepted", "Inbjudan är redan använd"),
        ("declined", "Inbjudan är avböjd"),
        ("expired", "Inbjudan har gått ut"),
        ("revoked", "Inbjudan är återkallad"),
    ],
)
def test_T48_B_24_what_has_become_of_it_is_told_apart(invited, status, title):
    invited.api.on("POST", LOOKUPS, SEEN | {"status": status})
    html = invited.get("/inbjudan/svar").text
    assert f'<h1 class="ds-heading" data-size="lg">{title}</h1>' in html
    assert "Acceptera inbjudan</button>" not in html


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (409, "invitation-already-used"),
        (410, "invitation-used-by-other"),
        (410, "invitation-expired"),
        (403, "invitation-own"),
        (409, "invitation-already-member"),
        (404, "invitation-not-found"),
    ],
    ids=str,
)
def test_B_24_used_by_oneself_by_another_expired_and_unknown_are_different_answers(invited, status, code):
    invited.log_in(account=None, accounts=[])
    invited.api.refuse("POST", ACCEPTANCES, status, code)
    answer = invited.post("/inbjudan/acceptera")
    assert answer.status_code == status
    assert f"Titel {code}" in answer.text
    assert f"Detalj {code}" in answer.text


def test_FC2_C12_whoever_is_not_meant_is_told_why_and_that_nothing_has_happened(invited):
    invited.log_in(account=None, accounts=[])
    invited.api.refuse("POST", ACCEPTANCES, 403, "invitation-for-somebody-else")
    answer = invited.post("/inbjudan/acceptera")
    assert answer.status_code == 403
    assert "Detalj invitation-for-somebody-else" in answer.text
    assert "den som bjöd in får inte veta att du försökte" in answer.text
    assert 'action="/logga-ut"' in answer.text
    assert "Tacka nej till inbjudan?" in invited.get("/inbjudan/svar").text


def test_D7_the_old_link_of_a_renewed_invitation_says_so(invited):
    invited.api.refuse("POST", LOOKUPS, 410, "invitation-link-replaced")
    answer = invited.get("/inbjudan/svar")
    assert answer.status_code == 410
    assert "Detalj invitation-link-replaced" in answer.text


def test_FC8_saying_no_needs_no_login_and_is_asked_first(invited):
    html = invited.get("/inbjudan/svar").text
    assert "Tacka nej till inbjudan?" in html
    invited.api.on("POST", DECLINES, SEEN | {"status": "declined"})
    assert invited.post("/inbjudan/tacka-nej").headers["Location"] == "/inbjudan/avbojd"
    assert "Du har tackat nej" in invited.get("/inbjudan/avbojd").text


def test_without_a_link_the_pages_ask_for_it(portal):
    html = portal.get("/inbjudan/svar").text
    assert "Länken i mejlet" in html
    assert portal.api.calls == []


def test_accepting_without_a_login_leads_to_the_login_and_asks_the_api_nothing(invited):
    answer = invited.post("/inbjudan/acceptera")
    assert answer.headers["Location"] == "/logga-in?next=%2Finbjudan%2Fsvar"
    assert invited.api.asked("POST", ACCEPTANCES) == []


@pytest.mark.parametrize("accounts", [[], None], ids=["no-account", "two-accounts"])
def test_FA10_after_the_login_an_invited_person_comes_back_to_the_invitation_and_not_to_the_choice_of_account(
    portal, accounts
):
    login = "00000000-0000-0000-0000-000000000051"
    portal.log_in(account=None, accounts=accounts, status="ok" if accounts is None else "none")
    body = {"login_id": login, "device": "other", "status": "complete", "hint_code": None, "qr": None}
    body["launch_url"] = None
    more = {"message": {"code": "RFA", "text": ""}, "return_path": None, "expires_at": "2026-11-22T10:00:00Z"}
    portal.api.on("POST", f"/identity/v1/logins/{login}/polls", body | more)
    answer = portal.get(f"/logga-in/{login}?next=/inbjudan/svar")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbjudan/svar")
