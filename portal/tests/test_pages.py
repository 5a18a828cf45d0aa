"""Access, redirects, headers, errors: what holds for every page."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

import pytest

HOME, COMPANY = str(UUID(int=11)), str(UUID(int=12))
SID, CSRF = "s" * 43, "csrf-token-of-the-session"

EVIL = [
    "https://evil.test/",
    "//evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "https:evil.test",
    "/%2f/evil.test",
    "/%5cevil.test",
    "///evil.test/fakturor",
    "javascript:alert(1)",
    "/fakturor/../../evil",
    "/fakturor\n//evil.test",
    "/\tevil.test",
    "http:/fakturor",
    "@evil.test/fakturor",
    "/.evil.test",
    "/fakturor" * 60,
]


@pytest.mark.parametrize("wanted", EVIL)
def test_C29_only_our_own_pages_are_next(portal, wanted):
    page = portal.get(f"/logga-in?next={quote(wanted, safe='')}")
    assert page.status_code == 200
    assert 'data-next="/oversikt"' in page.text


@pytest.mark.parametrize("wanted", EVIL)
def test_C29_the_language_switch_leads_nowhere_else(portal, wanted):
    answer = portal.post("/sprak", {"language": "en", "next": wanted})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("wanted", "safe"),
    [
        ("/fakturor?status=unpaid", "/fakturor?status=unpaid"),
        (f"/fakturor?konto={UUID(int=5)}", f"/fakturor?konto={UUID(int=5)}"),
        ("/fakturor?status=<script>", "/fakturor"),
        ("/fakturor#frag", "/fakturor"),
        ("/logga-in?next=/fakturor", "/oversikt"),
        ("/logga-ut", "/oversikt"),
        ("/static/portal.css", "/oversikt"),
        ("/sprak", "/oversikt"),
        ("/finns-inte", "/oversikt"),
    ],
)
def test_C29_FA10_own_pages_are_kept_and_written_anew(portal, wanted, safe):
    assert f'data-next="{safe}"' in portal.get(f"/logga-in?next={quote(wanted, safe='')}").text


def test_FA10_who_is_not_logged_in_is_led_to_the_login_and_back(portal):
    answer = portal.get("/fakturor?status=paid")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/logga-in?next=%2Ffakturor%3Fstatus%3Dpaid",
    )


def test_T14_nothing_is_shown_before_the_registration(portal):
    portal.log_in(registered=False, account=None)
    for path in ("/fakturor", "/konto", "/foretagskonto"):
        assert portal.get(path).headers["Location"].startswith("/registrera")


def test_T20_an_account_is_chosen_before_its_pages(portal):
    portal.log_in(account=None)
    assert portal.get("/fakturor").headers["Location"] == "/konto?next=%2Ffakturor"


def test_T20_B_10_the_account_is_on_the_page_and_can_be_changed(portal):
    portal.log_in()
    portal.api.on("GET", "/billing/v1/invoices", {"items": [], "total": 0, "page": 1, "limit": 20})
    page = portal.get("/fakturor").text
    assert '<strong id="account-name">Storgatan 1</strong>' in page
    assert 'href="/konto"' in page


def test_T20_B_10_two_homes_are_told_apart_by_street_and_number_on_every_page(portal):
    rows = [
        {"id": account, "kind": "private", "display_name": f"Privatkonto {number}", "place": street}
        | {"role": "owner", "read_only": False, "services": None}
        for account, number, street in ((HOME, "100001", "Storgatan 1"), (COMPANY, "100002", "Sjövägen 2"))
    ]
    rows.append(rows[0] | {"id": str(UUID(int=13)), "display_name": "Privatkonto 100003", "place": None})
    portal.log_in(accounts=rows)
    chooser = portal.get("/konto").text
    for name, number in (("Storgatan 1", "Privatkonto 100001"), ("Sjövägen 2", "Privatkonto 100002")):
        assert f'<span class="choice-name">{name}</span><span class="choice-lead">{number}, ' in chooser
    assert '<span class="choice-name">Privatkonto 100003</span><span class="choice-lead">Privat' in chooser
    bar = '<strong id="account-name">Storgatan 1</strong> <span class="account-label">Privatkonto 100001</span>'
    assert bar in chooser
    portal.api.on("GET", "/billing/v1/invoices", {"items": [], "total": 0, "page": 1, "limit": 20})
    assert bar in portal.get("/fakturor").text
    assert "Byt till Sjövägen 2, Privatkonto 100002?" in portal.get(f"/fakturor?konto={COMPANY}").text


def test_B_10_a_link_for_another_account_asks_first_and_then_changes(portal):
    portal.log_in()
    page = portal.get(f"/fakturor?konto={COMPANY}")
    assert "Byt till Bageriet AB?" in page.text
    assert not portal.api.asked("PUT", "/identity/v1/session/account"), "a link alone changes nothing"
    portal.api.on("PUT", "/identity/v1/session/account", {"account_id": COMPANY})
    answer = portal.post("/konto", {"choose": COMPANY, "next": "/fakturor"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/fakturor")
    (call,) = portal.api.asked("PUT", "/identity/v1/session/account")
    assert call.headers["minasidor-account"] == COMPANY
    assert call.headers["x-csrf-token"] == CSRF


def test_B_10_a_link_for_an_account_that_is_not_ones_own_says_so(portal):
    portal.log_in()
    page = portal.get(f"/fakturor?konto={UUID(int=77)}")
    assert page.status_code == 403
    assert "Du har inte tillgång till det kontot" in page.text


def test_D21_a_form_of_another_account_is_refused_with_a_way_on(portal):
    portal.log_in()
    portal.api.refuse("POST", "/org-registry/v1/company-accounts", 409, "account-mismatch")
    page = portal.post("/foretagskonto", {"organisation_number": "5560160680", "account": COMPANY})
    assert page.status_code == 409
    assert "Du har bytt konto i en annan flik" in page.text
    assert "Byt tillbaka till Bageriet AB" in page.text
    assert "Fortsätt med Storgatan 1" in page.text


@pytest.mark.parametrize("account", [HOME, COMPANY], ids=["same-account", "another-account"])
def test_C20_B_03_a_form_of_an_earlier_session_is_a_page_grown_old_and_what_was_typed_is_shown(portal, account):
    portal.log_in()
    portal.api.refuse("POST", "/org-registry/v1/company-accounts", 403, "csrf-refused")
    page = portal.post("/foretagskonto", {"organisation_number": "5560160680", "account": account})
    assert page.status_code == 403
    assert "Sidan har blivit gammal" in page.text
    assert "bytt konto i en annan flik" not in page.text
    assert "5560160680" in page.text
    assert '<a class="ds-button" href="/foretagskonto"' in page.text
    assert CSRF not in page.text.split("<main", 1)[1].split("</main>")[0]


def test_C20_a_form_without_a_page_of_its_own_leads_to_the_start_page(portal):
    portal.log_in()
    portal.api.refuse("POST", "/identity/v1/session/extensions", 403, "csrf-refused")
    page = portal.post("/stanna-inloggad", {"next": "/fakturor"})
    assert page.status_code == 403
    assert "Sidan har blivit gammal" in page.text
    assert '<a class="ds-button" href="/">' in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:9999", "Sec-Fetch-Site": "same-site"},
    ],
    ids=["none", "evil", "null", "cross-site", "same-site", "other-port"],
)
def test_C20_a_write_from_elsewhere_reaches_no_page_and_no_api(portal, headers):
    portal.log_in()
    assert portal.post("/logga-ut", headers=headers).status_code == 403
    assert portal.post("/sprak", {"language": "en"}, headers=headers).status_code == 403
    assert not [call for call in portal.api.calls if call.method != "GET"]


def test_C20_every_page_that_writes_takes_post_alone(portal):
    for rule in portal.app.url_map.iter_rules():
        view = portal.app.view_functions[rule.endpoint]
        if rule.endpoint in {"static", "livez", "readyz", "metrics"}:
            continue
        assert hasattr(view, "needs"), f"{rule} does not say whom it is for"
        assert rule.methods <= {"GET", "HEAD", "OPTIONS", "POST"}


def test_C42_pages_of_somebody_logged_in_are_never_kept_and_logout_empties_the_browser(portal):
    portal.log_in()
    portal.api.on("GET", "/billing/v1/invoices", {"items": [], "total": 0, "page": 1, "limit": 20})
    assert portal.get("/fakturor").headers["Cache-Control"] == "no-store"
    emptied = [
        ("clear-site-data", '"cache", "storage"'),
        ("set-cookie", "__Host-sid=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"),
    ]
    portal.api.on("DELETE", "/identity/v1/session", status=204, headers=emptied)
    answer = portal.post("/logga-ut")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/logga-ut")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "__Host-sid=; Max-Age=0" in answer.headers["Set-Cookie"]
    (call,) = portal.api.asked("DELETE", "/identity/v1/session")
    assert (call.headers["x-csrf-token"], call.headers["cookie"]) == (CSRF, f"__Host-sid={SID}")


def test_S15_S16_FA9_the_page_after_the_logout_gives_the_advice(portal):
    page = portal.get("/logga-ut").text
    assert "Stäng webbläsaren också" in page
    assert "bibliotek" in page


def test_C42_files_may_be_kept_for_ever_when_their_address_says_which(portal):
    address = portal.app.jinja_env.globals["static"]("portal.css")
    with portal.get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    assert portal.get("/fakturor/x.css").status_code == 404


@pytest.mark.parametrize("path", ["/", "/logga-in", "/finns-inte", "/static/portal.css"])
def test_C21_every_answer_carries_the_policy(portal, path):
    with portal.get(path) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_C21_what_others_have_written_is_text(portal):
    portal.log_in(person={"id": str(UUID(int=1)), "name": "<script>alert(1)</script>"})
    portal.api.on("GET", "/billing/v1/invoices", {"items": [], "total": 0, "page": 1, "limit": 20})
    page = portal.get("/fakturor").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "forbidden", "Titel forbidden"),
        (404, "invoice-not-found", "Titel invoice-not-found"),
        (429, "too-many-requests", "Försök igen om 9 sekunder"),
        (500, "internal-error", "Titel internal-error"),
        (503, "service-unavailable", "Titel service-unavailable"),
    ],
)
def test_every_refusal_of_the_api_becomes_a_page(portal, status, code, said):
    portal.log_in(account=None)
    body = {"status": status, "code": code, "title": f"Titel {code}", "detail": "Detalj", "instance": "urn:x:abc-123"}
    headers = [("retry-after", "9")] if status == 429 else []
    portal.api.on("PUT", "/identity/v1/session/account", body, status=status, headers=headers)
    page = portal.post("/konto", {"choose": HOME})
    assert page.status_code == status
    assert said in page.text
    assert ("abc-123" in page.text) == (status in {403, 500, 503})


def test_a_portal_without_a_gateway_says_so_on_every_page(portal):
    portal.client.set_cookie("__Host-sid", SID, domain="localhost")
    portal.api.refuse("GET", "/identity/v1/session", 503, "service-unavailable")
    for path in ("/", "/fakturor", "/konto", "/kakor"):
        page = portal.get(path)
        assert page.status_code == 503
        assert "Titel service-unavailable" in page.text
        assert "Till startsidan" in page.text


def test_a_fault_of_ours_is_a_page_with_a_number_and_no_traceback(portal):
    portal.log_in()
    portal.api.on("GET", "/billing/v1/invoices", ["not", "what", "was", "promised"])
    page = portal.get("/fakturor")
    assert page.status_code == 500
    assert "Något gick fel hos oss" in page.text
    assert "Traceback" not in page.text


def test_the_operator_can_close_for_maintenance(make_portal):
    portal = make_portal(maintenance=True, maintenance_until="kl. 14")
    page = portal.get("/fakturor")
    assert page.status_code == 503
    assert "stängda för underhåll" in page.text
    assert "kl. 14" in page.text
    assert portal.get("/livez").status_code == 200
    with portal.get("/static/portal.css") as answer:
        assert answer.status_code == 200


def test_S17_B_03_what_was_typed_is_shown_when_the_session_has_ended_meanwhile(portal):
    portal.log_in()
    portal.api.refuse("POST", "/org-registry/v1/company-accounts", 401, "not-logged-in")
    page = portal.post("/foretagskonto", {"organisation_number": "556016-0680"})
    assert page.status_code == 401
    assert "556016-0680" in page.text
    assert "/logga-in?next=%2Fforetagskonto" in page.text
    assert CSRF not in page.text


def test_S17_B_03_what_was_typed_is_shown_when_the_session_ended_before_it_was_sent(portal):
    portal.log_in()
    portal.api.refuse("GET", "/identity/v1/session", 401, "not-logged-in")
    page = portal.post("/foretagskonto", {"organisation_number": "556016-0680"})
    assert page.status_code == 401
    assert "556016-0680" in page.text
    assert "/logga-in?next=%2Fforetagskonto" in page.text
    assert not portal.api.asked("POST", "/org-registry/v1/company-accounts")


def test_the_components_are_not_there_in_production(make_portal):
    assert make_portal(environment="production").get("/dev/components").status_code == 404


def test_probes_and_metrics_answer_without_the_gateway(portal):
    assert portal.get("/livez").text == "ok\n"
    assert portal.get("/readyz").text == "ok\n"
    portal.get("/kakor")
    assert 'portal_requests_total{method="GET",route="/kakor",status="200"}' in portal.get("/metrics").text
    assert not portal.api.calls
