"""FC2: an invitation for one person, by personal number; the number stays here as a keyed hash, and nobody is found."""

import hashlib
import json
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis import scopes
from chassis.ids import new_id
from chassis.jobs import JobContext
from chassis.testing import gateway
from chassis.transaction import Principal
from identity.app import JOBS
from identity.domain.bindings import MOST
from identity.store import privacy
from identity.usecases.keys import Keys

KARIN, ERIK, NOBODY = "199908072391", "199006022397", "191212121212"
PATH = "/person-bindings"


class Inviter:
    """Karin, logged in, with a membership that may invite; and the service invitations, which asks for her."""

    def __init__(self, browser, session):
        self.browser, self.person_id = browser, session["person"]["id"]
        self.who = Principal(
            person_id=session["person"]["id"],
            session_id=session["session_id"],
            account_id=new_id(),
            membership_id=new_id(),
            scopes=scopes.held(read_only=False),
        )

    def bind(self, number, **changes):
        return self.browser.send("POST", PATH, {"personal_number": number}, who=replace(self.who, **changes))

    def ask(self, binding_id, what, body, *, service="invitations"):
        return self.browser.send("POST", f"/internal{PATH}/{binding_id}/{what}", body, who=gateway(service))

    def same(self, binding_id, person_id):
        answer = self.ask(binding_id, "checks", {"person_id": str(person_id)})
        assert answer.status_code == 200, answer.text
        return answer.json["same"]


@pytest.fixture
def karin(browser, log_in):
    return Inviter(browser, log_in(browser).json["session"])


@pytest.fixture
def erik(new_browser, log_in):
    """His opaque id."""
    return log_in(new_browser(), ERIK).json["session"]["person"]["id"]


@pytest.fixture
def past(database):
    """``past(days)``: so many days have passed since everything was bound."""

    def shift(days):
        change = "UPDATE person_binding SET created_at = created_at - make_interval(days => :days), "
        change += "expires_at = expires_at - make_interval(days => :days)"
        with database.engine.begin() as connection:
            connection.execute(text(change), {"days": days})

    return shift


def test_FC2_C12_only_the_person_whose_number_was_given_is_the_same(karin, erik):
    bound = karin.bind(ERIK)
    assert bound.status_code == 201
    assert set(bound.json) == {"id", "expires_at"}
    assert karin.same(bound.json["id"], erik) is True
    assert karin.same(bound.json["id"], karin.person_id) is False
    assert karin.same(bound.json["id"], new_id()) is False


def test_FC2_a_person_who_comes_later_is_recognised_too(karin, new_browser, log_in):
    bound = karin.bind(ERIK).json["id"]
    later = log_in(new_browser(), ERIK).json["session"]["person"]["id"]
    assert karin.same(bound, later) is True


@pytest.mark.parametrize("written", ["19900602-2397", " 900602-2397 ", "199006022397"])
def test_FC2_B4_the_number_may_be_written_as_people_write_it(karin, erik, written):
    assert karin.same(karin.bind(written).json["id"], erik) is True


def test_FC2_C30_known_and_unknown_numbers_get_the_same_answer_and_make_nobody(karin, erik, rows):
    del erik
    before = rows("SELECT count(*) FROM person")
    known, unknown = karin.bind(ERIK), karin.bind(NOBODY)
    assert (known.status_code, unknown.status_code) == (201, 201)
    assert set(known.json) == set(unknown.json)
    assert rows("SELECT count(*) FROM person") == before


def test_FC2_B13_a_retry_is_the_same_binding_and_the_kept_key_gives_no_number_away(karin, rows):
    key = {"Idempotency-Key": str(new_id())}
    body = {"personal_number": ERIK}
    first, again = (karin.browser.send("POST", PATH, body, who=karin.who, headers=key) for _ in range(2))
    assert first.json == again.json
    assert rows("SELECT count(*) AS n FROM person_binding")[0]["n"] == 1
    (kept,) = rows("SELECT request_hash FROM idempotency_key WHERE route LIKE '%person-bindings'")
    for sent in (json.dumps(body), json.dumps(body, separators=(",", ":"))):
        for path in (f"/v1{PATH}?", f"/v1{PATH}"):
            assert bytes(kept["request_hash"]) != hashlib.sha256(f"{path}\n{sent}".encode()).digest()


@pytest.mark.parametrize("number", ["199006022398", "9006022397xx", "209901012380", "9006022397", "000000000000"])
def test_FC2_B4_a_number_that_is_none_is_said_at_its_field_and_never_echoed(karin, number):
    refused = karin.bind(number)
    assert (refused.status_code, refused.json["code"]) == (422, "personal-number-invalid")
    assert refused.json["errors"][0]["field"] == "personal_number"
    assert number not in refused.text


@pytest.mark.parametrize("body", [{}, {"personal_number": ""}, {"personal_number": None}, {"personal_number": 1}])
def test_FC2_what_is_no_text_is_refused_by_its_form(karin, body):
    refused = karin.browser.send("POST", PATH, body, who=karin.who)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["personal_number"]


def test_FC2_D23_the_row_holds_a_keyed_hash_and_neither_number_nor_person(karin, erik, rows, everything):
    bound = karin.bind(ERIK)
    (row,) = rows("SELECT * FROM person_binding")
    assert set(row) == {"id", "personal_number_index", "made_by", "created_at", "expires_at"}
    assert str(row["made_by"]) == karin.person_id
    assert ERIK not in everything()
    assert ERIK[2:] not in bound.text
    assert erik not in str(row)


def test_FC2_D22_who_may_not_invite_binds_nobody(karin):
    refused = karin.bind(ERIK, scopes=scopes.held(read_only=True))
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


def test_FC2_C30_C31_thirty_a_day_and_person_whatever_account(karin, past):
    for _ in range(MOST):
        assert karin.bind(NOBODY).status_code == 201
    refused = karin.bind(NOBODY, account_id=new_id())
    assert (refused.status_code, refused.json["code"]) == (429, "person-bindings-too-many")
    assert refused.headers["Retry-After"] == "3600"
    past(1)
    assert karin.bind(NOBODY).status_code == 201


@pytest.mark.parametrize("service", ["gateway", "cases", "orders", "org-registry", "billing"])
@pytest.mark.parametrize("what", ["checks", "uses"])
def test_FC2_C33_nobody_but_invitations_asks(karin, erik, what, service):
    body = {"person_id": erik} if what == "checks" else {"made_by": karin.person_id}
    bound = karin.bind(ERIK).json["id"]
    assert karin.ask(bound, what, body, service=service).status_code == 403


def test_FC2_C1_somebody_elses_binding_cannot_be_invited_by(karin, erik):
    bound = karin.bind(ERIK).json["id"]
    assert karin.ask(bound, "uses", {"made_by": karin.person_id}).status_code == 200
    refused = karin.ask(bound, "uses", {"made_by": erik})
    assert (refused.status_code, refused.json["code"]) == (404, "person-binding-not-found")
    assert karin.ask(new_id(), "uses", {"made_by": karin.person_id}).json["code"] == "person-binding-not-found"


def test_FC2_FJ10_it_is_forgotten_120_days_after_its_last_use_and_is_of_no_use_before_the_sweep(
    karin, erik, past, settings, database, rows
):
    bound = karin.bind(ERIK).json["id"]
    past(119)
    assert karin.ask(bound, "uses", {"made_by": karin.person_id}).status_code == 200
    past(119)
    assert karin.same(bound, erik) is True
    past(1)
    for what, body in (("checks", {"person_id": erik}), ("uses", {"made_by": karin.person_id})):
        assert karin.ask(bound, what, body).json["code"] == "person-binding-not-found"
    kept = karin.bind(NOBODY).json["id"]
    JOBS.get("forget-logins-and-sessions").run(JobContext(database, settings))
    assert [str(row["id"]) for row in rows("SELECT id FROM person_binding")] == [kept]


@pytest.mark.parametrize("who", ["inviter", "invited"])
def test_FC2_FJ8_an_erasure_of_either_takes_it_away(karin, erik, database, rows, who):
    karin.bind(ERIK)
    with database.transaction() as tx:
        privacy.forget(tx, UUID(karin.person_id if who == "inviter" else erik), new_id())
    assert rows("SELECT 1 FROM person_binding") == []


def test_FC2_B_21_each_is_told_of_the_own_part_alone(karin, erik, database):
    bound = karin.bind(ERIK).json["id"]
    with database.read() as tx:
        inviter, invited = privacy.bindings(tx, UUID(karin.person_id)), privacy.bindings(tx, UUID(erik))
    assert [str(row["id"]) for row in inviter["made_by_you"]] == [bound]
    assert inviter["for_you"] == []
    assert invited["made_by_you"] == []
    assert set(invited["for_you"][0]) == {"created_at", "expires_at"}


def test_FC2_D23_the_hash_is_of_no_use_without_the_pepper(keys: Keys):
    assert keys.vault.index("personal-number", ERIK) != keys.vault.index("personal-number", KARIN)
    other = type(keys.vault)([b"k" * 32], b"x" * 32)
    assert other.index("personal-number", ERIK) != keys.vault.index("personal-number", ERIK)
