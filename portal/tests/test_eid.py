"""The second e-ID: offered where there is one, and the way to its provider and back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

METHODS, STARTS, RETURNS = "/identity/v1/login-methods", "/identity/v1/oidc-logins", "/identity/v1/oidc-returns"
BANKID = {"id": "bankid", "name": "BankID", "default": True}
OTHER = {"id": "oidc", "name": "Exempel-legitimation", "default": False}
HERE = "/logga-in/e-legitimation"
HOME = str(UUID(int=11))
ADDRESS = "https://idp.example.se/authorize?response_type=code&state=abc&scope=openid+profile"
NEW_SESSION = ("set-cookie", f"__Host-sid={'n' * 43}; Path=/; Secure; HttpOnly; SameSite=Lax")
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}


def a_return(status: str = "complete", **more):
    message = {"code": "MS6", "text": "Du är inloggad."}
    login = {"login_id": str(UUID(int=7)), "status": status, "message": message, "return_path": "/fakturor"}
    return login | {"session": None} | more


def test_FA4_without_a_second_eid_the_page_is_bankids_alone(portal):
    page = portal.get("/logga-in").text
    assert HERE not in page
    assert "Du loggar in med BankID." in page


def test_FA4_a_second_eid_stands_below_bankid_and_keeps_the_deep_link(portal):
    portal.api.on("GET", METHODS, {"items": [BANKID, OTHER]})
    page = portal.get("/logga-in?next=/fakturor").text
    assert page.index("BankID på annan enhet") < page.index("Logga in med Exempel-legitimation")
    form = page.split('id="login-eid"')[1].split("</form>")[0]
    assert 'name="next" value="/fakturor"' in form
    columns = page.split('id="login"')[1].split('id="login-state"')[0]
    assert HERE not in columns, "the script that starts BankID takes every form in its part of the page"


def test_FA4_a_list_of_methods_that_does_not_come_leaves_bankid(portal):
    portal.api.refuse("GET", METHODS, 503, "service-unavailable")
    page = portal.get("/logga-in")
    assert page.status_code == 200
    assert "BankID på annan enhet" in page.text


def test_FA4_C21_the_way_out_is_a_page_that_goes_on_by_itself_under_the_same_policy(portal):
    portal.api.on("POST", STARTS, {"authorization_url": ADDRESS}, status=201, headers=[("set-cookie", "__Host-pre=p")])
    page = portal.post(HERE, {"next": "/fakturor"})
    assert page.status_code == 200
    escaped = ADDRESS.replace("&", "&amp;")
    assert f'<meta http-equiv="refresh" content="0;url={escaped}">' in page.text
    assert f'href="{escaped}"' in page.text, "for a browser that does not go by itself"
    assert "idp.example.se" in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert "idp.example.se" not in page.headers["Content-Security-Policy"]
    assert page.headers["Set-Cookie"].startswith("__Host-pre=")
    assert portal.api.sent("POST", STARTS) == {"return_path": "/fakturor"}


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://idp.example.se/", "https:", "/fakturor"])
def test_C29_an_address_that_is_none_of_the_web_is_not_gone_to(make_portal, address):
    portal = make_portal(environment="production", public_url="https://minasidor.example.se")
    portal.api.on("POST", STARTS, {"authorization_url": address}, status=201)
    page = portal.post(HERE, headers={"Origin": "https://minasidor.example.se", "Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 502
    assert "http-equiv" not in page.text


def test_FA4_FA3_a_provider_that_is_away_is_said_where_bankid_can_be_chosen(portal):
    portal.api.refuse("POST", STARTS, 503, "eid-unavailable")
    page = portal.post(HERE, {"next": "/fakturor"})
    assert page.status_code == 503
    assert "Titel eid-unavailable" in page.text
    assert 'data-next="/fakturor"' in page.text


def test_FA10_C18_coming_back_opens_the_session_and_leads_to_the_wanted_page(portal):
    portal.log_in(account=None, accounts=[_account()])
    portal.api.on("PUT", "/identity/v1/session/account", {"account_id": HOME})
    portal.api.on("POST", RETURNS, a_return(), headers=[NEW_SESSION])
    answer = portal.get(f"{HERE}?state=s.1&code=c&iss=https://idp.example.se&extra=1", headers=FROM_ELSEWHERE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/fakturor")
    assert NEW_SESSION[1] in answer.headers.getlist("Set-Cookie")
    assert portal.api.sent("POST", RETURNS) == {"state": "s.1", "code": "c", "iss": "https://idp.example.se"}
    (call,) = portal.api.asked("POST", RETURNS)
    assert (call.headers["origin"], call.headers["sec-fetch-site"]) == ("http://localhost:8080", "same-origin")
    (chosen,) = portal.api.asked("PUT", "/identity/v1/session/account")
    assert f"__Host-sid={'n' * 43}" in chosen.headers["cookie"], "the new session, not the one before"


def test_T14_the_first_login_leads_to_the_terms(portal):
    portal.log_in(account=None, registered=False, accounts=[])
    portal.api.on("POST", RETURNS, a_return(return_path=None), headers=[NEW_SESSION])
    assert portal.get(f"{HERE}?state=s&code=c").headers["Location"] == "/registrera"


def test_C29_a_return_path_elsewhere_is_not_followed(portal):
    portal.log_in(account=None, accounts=[_account()])
    portal.api.on("PUT", "/identity/v1/session/account", {"account_id": HOME})
    portal.api.on("POST", RETURNS, a_return(return_path="//evil.test"), headers=[NEW_SESSION])
    assert portal.get(f"{HERE}?state=s&code=c").headers["Location"] == "/oversikt"


def test_FA4_FA3_a_login_that_was_cancelled_says_so_and_offers_another_with_the_same_way_back(portal):
    message = {"code": "OI1", "text": "Inloggningen avbröts."}
    portal.api.on("POST", RETURNS, a_return("failed", message=message))
    page = portal.get(f"{HERE}?state=s&error=access_denied&code=ignored").text
    assert "Inloggningen avbröts." in page
    assert "Försök igen" in page
    again = page.split("<main")[1].split('href="')[1].split('"')[0]
    assert parse_qs(urlsplit(again).query) == {"next": ["/fakturor"]}
    assert portal.api.sent("POST", RETURNS) == {"state": "s", "error": "access_denied"}


def test_C16_another_browser_and_a_second_time_are_refused_in_clear_words(portal):
    portal.api.refuse("POST", RETURNS, 404, "login-not-found")
    page = portal.get(f"{HERE}?state=s&code=c")
    assert page.status_code == 404
    assert "påbörjad i en annan webbläsare" in page.text
    assert "Försök igen" in page.text


@pytest.mark.parametrize("query", ["", "?code=c", "?state=s", "?state=&code=c"])
def test_C16_an_address_without_state_or_code_asks_nobody(portal, query):
    page = portal.get(HERE + query)
    assert page.status_code == 400
    assert "Försök igen" in page.text
    assert not portal.api.asked("POST", RETURNS)


def test_FA4_FA3_a_provider_that_refuses_without_the_state_is_no_other_browser(portal):
    page = portal.get(f"{HERE}?error=access_denied").text
    assert "avbröts eller gick inte igenom hos utfärdaren" in page
    assert not portal.api.asked("POST", RETURNS)


def test_FA4_FA3_a_service_that_is_away_is_said_in_its_own_words(portal):
    portal.api.refuse("POST", RETURNS, 503, "service-unavailable")
    page = portal.get(f"{HERE}?state=s&code=c")
    assert page.status_code == 503
    assert "Titel service-unavailable" in page.text


def test_C20_a_form_of_another_site_starts_nothing(portal):
    page = portal.post(HERE, headers={"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 403
    assert not portal.api.asked("POST", STARTS)


def _account():
    return {
        "id": HOME,
        "kind": "private",
        "display_name": "Storgatan 1",
        "role": "owner",
        "read_only": False,
        "services": None,
        "membership_id": str(UUID(int=21)),
    }
