"""One invoice shared with somebody who is no customer (FC22): pages and API, through the gateway, with a real mail."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.journeys.test_portal_forms import Pages
from tests.security.canary import logs
from tests.security.stage import Stage, home

from runner.journey.gateway_client import until

pytestmark = pytest.mark.journey

LINNEA, GUNVOR, KARIN, ERIK = "200001012384", "194408139089", "199908072391", "199006022397"
SON, ACCOUNTANT = "sonen@exempel.se", "revisorn@exempel.se"
SHARED, OPENINGS = "/api/billing/v1/shared-invoices", "/api/billing/v1/invoice-share-openings"


@pytest.fixture(scope="module")
def owner(suite):
    """Somebody with a home and two invoices."""
    customer = home(suite, LINNEA)
    someone = suite.citizen(LINNEA, email="linnea.delar@exempel.se")
    someone.log_in()
    if not someone.session["registered"]:
        someone.register()
    name = f"Privatkonto {customer}"
    account = until("the account", lambda: [row for row in someone.accounts()["items"] if row["display_name"] == name])
    someone.choose(account[0]["id"])
    for months in (1, 2):
        last = date.today() - timedelta(days=31 * months)
        period = {"period_from": str(last - timedelta(days=30)), "period_to": str(last)}
        suite.world.billing_system.invoice(customer, issued_on=str(last + timedelta(days=1)), m3=12, **period)
    until("both invoices", lambda: someone.browser.get("/billing/v1/invoices")["total"] == 2)
    return someone


@pytest.fixture(scope="module")
def invoices(owner):
    return [row["id"] for row in owner.browser.get("/billing/v1/invoices")["items"]]


def visitor(suite, number):
    """Logged in, and nothing else: no registration, no account."""
    someone = suite.citizen(number)
    someone.log_in()
    return someone


def secret_of(suite, address, since):
    """The mail with the link, and the secret in it."""
    mail = suite.world.postbox.wait_for_mail(address, since=since, timeout=20)
    (link,) = {link for link in mail["links"] if "/delad-faktura" in link}
    return mail, link.rpartition("#")[2]


def share(suite, sharer, invoice_id, address, **more):
    """Share by the API; what was made, and the secret."""
    mark = suite.world.postbox.mark()
    made = sharer.browser.post(f"/billing/v1/invoices/{invoice_id}/shares", {"email": address, **more})
    return made, secret_of(suite, address, mark)[1]


def opened(person, token):
    return person.browser.send("POST", OPENINGS, {"token": token})


def seen(person, share_id):
    answer = person.browser.send("GET", f"{SHARED}/{share_id}")
    return answer.status, answer.body if answer.status == 200 else answer.body["code"]


def _log(owner):
    return owner.browser.get("/activity/v1/account-activities")["items"]


def test_FC22_T8_the_owner_shares_one_invoice_and_her_son_sees_it_and_nothing_else(suite, owner, invoices):
    mark = suite.world.postbox.mark()
    invoice_id, other = invoices
    hers, address = Pages(owner), f"/fakturor/{invoice_id}"
    hers.get(address).post(address, email=SON, days="7")
    assert (hers.status, hers.location) == (303, address)
    assert "Inte öppnad" in hers.get(address).text

    mail, token = secret_of(suite, SON, mark)
    shown = owner.browser.get(f"/billing/v1/invoices/{invoice_id}")
    for told in (shown["invoice_number"], shown["ocr"], "Linnea", owner.email):
        assert told not in mail["text"] + mail["html"] + mail["subject"], "D26: a title and a link"

    son = visitor(suite, GUNVOR)
    his = Pages(son)
    his.get("/delad-faktura").post("/delad-faktura", link=f"x#{token}")
    assert his.location == "/delad-faktura/svar"
    assert "Öppna fakturan" in his.get(his.location).text
    his.post("/delad-faktura/svar")
    assert his.location.startswith("/delade-fakturor/")
    share_id = his.location.rpartition("/")[2]
    page = his.get(his.location)
    assert page.status == 200
    assert shown["invoice_number"] in page.text
    assert shown["ocr"] in page.text
    for hidden in (other, "Dela fakturan", "Privatkonto", "Exempelgatan"):
        assert hidden not in page.text
    assert [row["invoice_number"] for row in son.browser.get("/billing/v1/shared-invoices")["items"]] == [
        shown["invoice_number"]
    ]
    for path in (f"/api/billing/v1/invoices/{invoice_id}", "/api/billing/v1/invoices", "/api/billing/v1/agreements"):
        assert son.browser.send("GET", path).status in {401, 403, 409}, "a share is no account"
    assert son.accounts()["items"] == []

    hers.get(address)
    assert son.session["person"]["name"] in hers.text
    assert "Född 1944" in hers.text
    assert "Öppnad" in hers.text
    told = "Öppnade en faktura som har delats"
    act = until("the account's log to say so", lambda: [row for row in _log(owner) if row["text"] == told])
    assert len(act) == 1, "one line a day, though he opened the link and then the page"

    for number in (KARIN, ERIK):
        refused = opened(visitor(suite, number), token)
        assert (refused.status, refused.body["code"]) == (410, "invoice-share-used-by-other"), "C12"

    assert seen(son, share_id)[0] == 200
    hers.post(f"{address}/delningar/{share_id}/avsluta")
    assert (hers.status, hers.location) == (303, address)
    assert seen(son, share_id) == (410, "invoice-share-ended")
    assert his.get("/delade-fakturor").status == 200
    assert "Inga delade fakturor" in his.text
    for where, data in logs(suite):
        assert token.encode() not in data, f"C13: the secret is in {where}"


def test_C11_a_mail_scanner_that_follows_the_link_uses_nothing_up(suite, owner, invoices):
    made, token = share(suite, owner, invoices[0], "skanner@exempel.se")
    scanner = suite.citizen(ERIK).browser
    for path in ("/delad-faktura", OPENINGS, f"{SHARED}/{made['id']}"):
        for query in ("", f"?token={token}"):
            assert scanner.send("GET", path + query).status in {200, 303, 401, 404, 405}
    listed = owner.browser.get(f"/billing/v1/invoices/{invoices[0]}/shares")["items"]
    assert [row["status"] for row in listed if row["id"] == made["id"]] == ["sent"]
    assert opened(visitor(suite, ERIK), token).status == 201


def test_D6_what_a_delegate_shared_is_over_when_the_delegate_is_out_and_the_owner_has_known_of_it(
    suite, owner, invoices
):
    delegate = suite.citizen(KARIN, email="delegat.karin@exempel.se")
    delegate.log_in()
    if not delegate.session["registered"]:
        delegate.register()
    mark = suite.world.postbox.mark()
    membership = Stage(suite).admit(owner, delegate, delegate.email)
    made, token = share(suite, delegate, invoices[1], ACCOUNTANT)
    told = suite.world.postbox.wait_for_mail(owner.email, subject_contains="har delats", since=mark, timeout=20)
    assert ACCOUNTANT not in told["text"], "B-07 and D26: that, not with whom"
    accountant = visitor(suite, ERIK)
    assert opened(accountant, token).status == 201
    assert seen(accountant, made["id"])[0] == 200
    owner.browser.delete(f"/org-registry/v1/memberships/{membership}")
    until("the share to be over", lambda: seen(accountant, made["id"]) == (410, "invoice-share-ended"))
