from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

HERE, PATH, ANSWERS = "/installningar/kopior", "/notify/v1/notice-copies", "/notify/v1/notice-copy-answers"
COPY = str(UUID(int=71))
TOKEN = "k" * 43


def a_copy(status: str = "active") -> dict[str, Any]:
    return {
        "id": COPY,
        "address": "e***@exempel.se",
        "subjects": ["invoices", "readings"],
        "status": status,
        "created_at": "2026-11-01T10:00:00Z",
        "confirmed_at": None,
    }


@pytest.fixture
def home(portal):
    portal.log_in()
    portal.api.on("GET", PATH, {"items": [a_copy()]})
    return portal


@pytest.mark.parametrize(("status", "said"), [("waiting", "Väntar på svar"), ("active", "Får kopior")])
def test_FC21_who_gets_copies_of_what_and_whether_the_address_has_said_yes(home, status, said):
    home.api.on("GET", PATH, {"items": [a_copy(status)]})
    html = home.get(HERE).text
    for part in ("e***@exempel.se", "Nya fakturor, Mätaravläsningar", said):
        assert part in html


def test_FC21_FB11_an_address_is_added_for_the_marked_subjects(home):
    home.api.on("POST", PATH, a_copy("waiting"), status=201)
    answer = home.post(HERE, {"email": "ekonomi@exempel.se", "subjects": ["readings", "access", "invoices"]})
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    assert home.api.sent("POST", PATH) == {"email": "ekonomi@exempel.se", "subjects": ["invoices", "readings"]}


def test_FC21_without_a_subject_nothing_is_sent(home):
    answer = home.post(HERE, {"email": "ekonomi@exempel.se"})
    assert answer.status_code == 422
    assert 'href="#field-subjects"' in answer.text
    assert home.api.asked("POST", PATH) == []


def test_FC21_a_refusal_keeps_what_was_typed_and_marked(home):
    home.api.refuse("POST", PATH, 409, "notice-copy-limit")
    answer = home.post(HERE, {"email": "ekonomi@exempel.se", "subjects": ["readings"]})
    assert answer.status_code == 409
    assert "Detalj notice-copy-limit" in answer.text
    assert 'value="ekonomi@exempel.se"' in answer.text
    assert answer.text.count(" checked") == 1


def test_FC21_it_is_ended_with_one_press(home):
    home.api.on("DELETE", f"{PATH}/{COPY}", status=204)
    assert home.post(f"{HERE}/{COPY}/ta-bort").headers["Location"] == HERE


def test_FC21_a_delegate_sees_them_and_has_nothing_to_press(home):
    account = {"id": str(UUID(int=11)), "kind": "private", "display_name": "Storgatan 1", "role": "delegate"}
    home.log_in(accounts=[account | {"read_only": False, "services": None, "membership_id": COPY}])
    html = home.get(HERE).text
    assert "e***@exempel.se" in html
    assert "/ta-bort" not in html
    assert 'name="email"' not in html


@pytest.mark.parametrize(("wanted", "where"), [("yes", "/kopior/tack?svar=ja"), ("no", "/kopior/tack?svar=nej")])
def test_FC21_C12_the_address_answers_for_itself_and_its_secret_is_in_no_address(portal, wanted, where):
    opened = portal.post("/kopior", {"link": f"http://localhost:8080/kopior#{TOKEN}"})
    assert opened.headers["Location"] == "/kopior/svar"
    assert TOKEN not in portal.get("/kopior/svar").text
    assert portal.api.calls == [], "opening the link changes nothing"
    portal.api.on("POST", ANSWERS, status=204)
    assert portal.post("/kopior/svar", {"wanted": wanted}).headers["Location"] == where
    assert portal.api.sent("POST", ANSWERS) == {"token": TOKEN, "wanted": wanted == "yes"}


@pytest.mark.parametrize(("status", "code"), [(404, "notice-copy-link-unknown"), (410, "notice-copy-ended")])
def test_FC21_what_has_become_of_the_link_is_said(portal, status, code):
    portal.post("/kopior", {"link": TOKEN})
    portal.api.refuse("POST", ANSWERS, status, code)
    answer = portal.post("/kopior/svar", {"wanted": "yes"})
    assert answer.status_code == status
    assert f"Detalj {code}" in answer.text


def test_FC21_without_a_link_the_page_asks_for_it(portal):
    assert portal.get("/kopior/svar").headers["Location"] == "/kopior"
    answer = portal.post("/kopior", {"link": "http://localhost:8080/kopior"})
    assert answer.status_code == 422
