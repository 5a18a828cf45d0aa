"""The portal as people use it whose browser runs no script: pages read, forms posted, through the gateway alone."""

from __future__ import annotations

import html
import http.client
import re
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from chassis.ids import new_id
from runner.journey.gateway_client import until
from runner.journey.people import Citizen
from runner.journey.staff import STAFF
from sim_bolagsverket import companies

pytestmark = pytest.mark.journey

GUNVOR, KARIN = "194408139089", "199908072391"
BAR = r'<strong id="account-name">([^<]*)</strong> <span class="account-label">([^<]*)</span>'
WHY = "Kunden ringde om sin faktura"
CHECKED = ["organisation", "signatures", "dates", "administrator"]


class Pages:
    """A browser without JavaScript, with the cookies of somebody who has logged in."""

    def __init__(self, citizen: Citizen) -> None:
        self.citizen = citizen
        self.status = 0
        self.location = ""
        self.text = ""

    def get(self, path: str) -> Pages:
        """Read a page."""
        return self._ask("GET", path)

    def post(self, action: str, *, file: bytes | None = None, **fields: Any) -> Pages:
        """Send the form of the page that is open, with what it carries itself."""
        found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', self.text, re.DOTALL)
        assert found, f"no form for {action} on the page"
        carried = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', found[0])
        sent = {html.unescape(name): html.unescape(value) for name, value in carried} | fields
        if file is None:
            return self._ask("POST", action, urlencode(sent, doseq=True).encode(), "application/x-www-form-urlencoded")
        boundary = f"part{new_id().hex}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in sent.items()
        ]
        head = 'Content-Disposition: form-data; name="fil"; filename="a.pdf"\r\nContent-Type: application/pdf'
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + file + f"\r\n--{boundary}--\r\n".encode())
        return self._ask("POST", action, b"".join(parts), f"multipart/form-data; boundary={boundary}")

    def _ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Pages:
        browser = self.citizen.browser
        target = urlsplit(browser.base_url)
        connection = http.client.HTTPConnection(target.hostname or "localhost", target.port or 80, timeout=20)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items()),
            "Accept-Language": "sv",
        }
        if body is not None:
            headers |= {"Origin": browser.base_url, "Sec-Fetch-Site": "same-origin", "Content-Type": content_type}
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            self.text = response.read().decode()
        finally:
            connection.close()
        browser._keep_cookies(response.headers)
        self.status, self.location = response.status, response.headers.get("Location", "")
        return self


@pytest.fixture
def opened(suite):
    """``opened(KARIN)``: the pages of somebody who has logged in; with ``account`` in the first account too."""

    def log_in(number: str, *, account: bool = False) -> Pages:
        citizen = suite.citizen(number)
        citizen.log_in()
        if not citizen.session["registered"]:
            citizen.register()
        if account:
            citizen.choose(citizen.accounts()["items"][0]["id"])
        return Pages(citizen)

    return log_in


def test_B_05_T34_T40_FK8_a_power_of_attorney_goes_from_the_form_to_the_account(suite, opened):
    administrator, desk = opened(GUNVOR), opened(STAFF)
    blank = suite.citizen(GUNVOR).browser.send("GET", "/api/org-registry/v1/power-of-attorney-form")
    assert blank.status == 200
    paper = _pdf(suite)
    administrator.get("/fullmakt/ny").post(
        "/fullmakt/ny",
        orgnummer=companies.ASSOCIATION_NOT_IN_REGISTER,
        orgnamn="Solgläntans Samfällighetsförening",
        epost="gunvor.fullmakt@exempel.se",
    )
    assert administrator.status == 303
    mine = administrator.location
    theirs = mine.replace("/fullmakt/", "/personal/fullmakter/")
    assert administrator.get(mine).post(f"{mine}/dokument", file=paper).status == 303
    assert administrator.get(mine).post(f"{mine}/skicka").status == 303

    assert desk.get("/personal/fullmakter").text.count(theirs) == 1
    assert desk.get(theirs).post(f"{theirs}/granska").status == 303
    assert desk.get(theirs).post(f"{theirs}/godkann", kontroll=CHECKED[:2]).status == 422
    assert desk.get(theirs).post(f"{theirs}/komplettera", message="Ordföranden har inte skrivit under.").status == 303

    assert "Ordföranden har inte skrivit under." in administrator.get(mine).text
    assert f'action="{mine}/skicka"' not in administrator.text, "not before there is a newer document"
    assert administrator.post(f"{mine}/dokument", file=paper).status == 303
    assert administrator.get(mine).post(f"{mine}/skicka").status == 303
    desk.get(theirs).post(f"{theirs}/granska")
    before = suite.world.postbox.mark()
    assert desk.get(theirs).post(f"{theirs}/godkann", kontroll=CHECKED).status == 303

    assert "Fullmakten är godkänd" in administrator.get(mine).text
    names = [item["display_name"] for item in administrator.citizen.accounts()["items"]]
    assert "Solgläntans Samfällighetsförening" in names
    suite.world.postbox.wait_for_mail("gunvor.fullmakt@exempel.se", since=before, timeout=20)


def _pdf(suite) -> bytes:
    target = urlsplit(suite.world.gateway_url)
    connection = http.client.HTTPConnection(target.hostname or "localhost", target.port or 80, timeout=20)
    connection.request("GET", "/api/org-registry/v1/power-of-attorney-form")
    data = connection.getresponse().read()
    connection.close()
    assert data.startswith(b"%PDF-")
    return data


def test_B_22_FK9_FK10_customer_service_sees_what_the_customer_lets_it_and_the_customer_sees_that(opened):
    customer, desk = opened(KARIN, account=True), opened(STAFF)
    number = customer.citizen.accounts()["items"][0]["display_name"].rsplit(" ", 1)[1]
    search = {"way": "customer_number", "number": number, "reason": WHY}
    customer.get("/installningar/kundservice").post("/installningar/kundservice", hours="4")
    assert customer.status == 303
    desk.get("/personal/kunder").post("/personal/kunder", **search)
    assert desk.post("/personal/visning").location == "/oversikt"
    assert "som kundservice." in desk.get("/fakturor").text
    assert "VM-" in desk.get("/matare").text
    assert "/matare/avlasningar/ny" not in desk.text, "looking, and nothing more"
    assert WHY in customer.get("/installningar/kundservice").text
    end = re.search(r'action="(/installningar/kundservice/[0-9a-f-]{36}/avsluta)"', customer.text)
    assert end
    assert customer.post(end[1]).status == 303
    assert desk.get("/fakturor").status in {303, 403}
    desk.get("/personal/kunder").post("/personal/kunder", **search)
    assert "/personal/visning" not in desk.text


def test_T57_T5_D24_from_the_overview_to_a_reading_that_is_asked_about_confirmed_corrected_and_billed(suite, opened):
    pages = opened(KARIN, account=True)
    assert "Hej Karin!" in pages.get("/oversikt").text
    for path in ("/fakturor", "/kostnader", "/forbrukning", "/matare"):
        assert f'href="{path}"' in pages.text
        assert Pages(pages.citizen).get(path).status == 200
    new = "/matare/avlasningar/ny"
    asked = pages.get(new).post(new, varde="99000", datum=str(date.today()))
    assert asked.status == 409
    assert "Är du säker?" in asked.text
    assert pages.post(new, varde="99000", datum=str(date.today()), bekraftat="ja").status == 303
    reading = pages.location
    assert "Leta gärna efter en läcka." in pages.get(reading).text
    correct = f"{reading}/ratta"
    assert pages.get(correct).post(correct, varde="98999", bekraftat="ja", fragat_varde="98999").status == 303
    assert "98\N{NO-BREAK SPACE}999" in pages.get(reading).text
    system = suite.world.billing_system
    [issued] = until("the batch to find the corrected reading", lambda: system.run_batch()["invoices"])
    number = issued["invoice_number"]
    until("the page to say that it is billed", lambda: f"Faktura {number}" in pages.get(reading).text)
    assert "Rätta värdet" not in pages.text
    assert number in pages.get("/fakturor").text


def test_T20_B_10_the_home_is_named_by_its_street_on_the_page_with_its_number_beside(opened):
    pages = opened(KARIN, account=True)
    chosen = pages.citizen.accounts()["items"][0]
    assert chosen["place"]
    for path in ("/behorigheter", "/konto", "/fakturor"):
        bar = re.search(BAR, pages.get(path).text)
        assert bar, path
        assert [html.unescape(part) for part in bar.groups()] == [chosen["place"], chosen["display_name"]]
