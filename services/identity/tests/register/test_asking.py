"""FJ3: when the population register is asked, what is kept of its answer, and that nobody ever waits for it."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis import jobs, sealing
from chassis.ids import new_id
from chassis.privacy import Subject
from chassis.testing import told, wait_for
from contracts.activities import ActivityRecorded
from contracts.data_requests import DataRequestKind
from contracts.identity import PersonNamedV1
from identity import app as composition
from identity.api.population_register import BATCH, SECONDS, ask_due
from identity.api.spar import Spar, client
from identity.domain.population_register import MOST_TRIES, Outcome, RegisterAnswer
from identity.usecases import population_register as usecases
from identity.usecases.names import tell_names
from identity.usecases.privacy import make_privacy
from identity.usecases.register_entries import want

KARIN, ERIK, ASA = "199908072391", "199006022397", "199107172380"
STREET, TOWN = "Provgränd 3 lgh 1102", "LINKÖPING"
ADDRESS = {"lines": [STREET], "postal_code": "58223", "town": TOWN, "country": None}
DAY = 86_400


def me(browser):
    return browser.as_person("GET", "/me").json


def person_of(browser):
    return UUID(browser.resolve().json["person_id"])


# ---- when it is asked
def test_FJ3_FJ4_S6_name_and_address_are_there_after_the_registration(registered, ask, spar):
    browser = registered()
    assert me(browser)["population_register"] is None
    ask()
    shown = me(browser)["population_register"]
    assert shown.pop("checked_at")
    assert shown == {"name": "Karin Elisabet Test Persson", "address": ADDRESS, "protected": False}
    assert browser.as_person("GET", "/prefill").json["address"] == ADDRESS
    assert [call["user"] for call in spar.calls(KARIN)] == ["minasidor"], "no person's name goes there"


def test_FJ3_nobody_is_asked_about_before_the_registration(browser, log_in, ask, spar, rows):
    log_in(browser)
    ask()
    assert rows("SELECT 1 FROM population_register") == []
    assert spar.calls() == []


def test_FJ3_never_twice_in_thirty_days_however_often_one_logs_in(registered, new_browser, log_in, ask, spar, later):
    registered()
    ask()
    for days in (0, 1, 28):
        later(days * DAY, bankid=False)
        log_in(new_browser())
        ask()
    assert len(spar.calls()) == 1
    later(DAY, bankid=False)
    ask()
    assert len(spar.calls()) == 1, "time alone asks nothing: there must be a login"
    spar.move(KARIN, "Nya gatan 1", "11122", "STOCKHOLM")
    browser = new_browser()
    log_in(browser)
    ask()
    assert len(spar.calls()) == 2
    assert me(browser)["population_register"]["address"]["lines"] == ["Nya gatan 1"]


def test_FJ3_two_logins_at_once_are_one_question(registered, new_browser, log_in, ask, spar):
    registered()
    log_in(new_browser())
    log_in(new_browser())
    ask()
    ask()
    assert len(spar.calls()) == 1


def test_FJ3_without_an_address_of_the_register_nobody_is_noted(database, settings, keys, registered, spar, rows):
    browser = registered()
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM population_register"))
    without = replace(settings, spar_url="")
    assert not composition.make_keys(without).asks_population_register
    with database.transaction() as tx:
        want(tx, replace(keys, asks_population_register=False), person_of(browser))
    assert rows("SELECT 1 FROM population_register") == []
    jobs.run(composition.JOBS.get("ask-population-register"), jobs.JobContext(database, without))
    assert spar.calls() == []


# ---- nobody waits for it
def test_A27_FJ3_a_register_that_answers_nothing_delays_no_login(
    registered, new_browser, log_in, ask, spar, entry, monkeypatch
):
    # So long that no time-out ends the question before the test does.
    monkeypatch.setattr(client, "READ_SECONDS", 300.0)
    monkeypatch.setattr(client, "WHOLE_CALL_SECONDS", 300.0)
    spar.faults.slow(600, count=None)
    first = registered()
    asking = threading.Thread(target=ask)
    asking.start()
    wait_for(lambda: [call for call in spar.calls(KARIN) if call["status"] is None])
    # The register is being asked about this very person, and keeps us waiting all the while:
    again = new_browser()
    assert log_in(again).json["status"] == "complete"
    assert me(again)["population_register"] is None
    assert first.as_person("GET", "/session").status_code == 200
    assert entry()["checked_at"] is None
    assert asking.is_alive(), "all of that happened before it answered"
    spar.faults.clear()
    asking.join(10)
    assert not asking.is_alive()
    assert me(again)["population_register"]["address"] == ADDRESS


def test_A27_FJ3_a_register_that_is_down_refuses_no_login_and_is_asked_again_later(
    registered, new_browser, log_in, ask, spar, later, entry
):
    spar.faults.status(503, count=None)
    registered()
    ask()
    assert (entry()["tries"], entry()["outcome"]) == (1, None)
    assert log_in(new_browser()).json["status"] == "complete"
    ask()
    assert len(spar.calls()) == 1, "not at once, and not because somebody logs in"
    waits = []
    for _ in range(2, MOST_TRIES + 1):
        due = entry()
        waits.append(due["due_at"] - due["asked_at"])
        later(waits[-1].total_seconds(), bankid=False)
        composition._breaker_of.cache_clear()
        ask()
    assert waits == [min(timedelta(minutes=10 * 2**n), timedelta(days=1)) for n in range(MOST_TRIES - 1)]
    assert len(spar.calls()) == MOST_TRIES
    assert entry()["due_at"] is None, "no more before somebody logs in again"
    spar.faults.clear()
    log_in(new_browser())
    ask()
    assert len(spar.calls()) == MOST_TRIES
    later(DAY, bankid=False)
    browser = new_browser()
    log_in(browser)
    ask()
    assert me(browser)["population_register"]["address"] == ADDRESS


def test_A27_FJ3_the_rest_of_the_batch_waits_unasked(registered, ask, spar, rows):
    for number in (KARIN, ERIK, ASA):
        registered(number)
    spar.faults.drop()
    ask()
    assert len(spar.calls()) == 1
    assert sorted(row["tries"] for row in rows("SELECT tries FROM population_register")) == [0, 0, 1]
    ask()
    assert len(spar.calls()) == 3


def test_A27_FJ3_a_silent_register_is_asked_once_a_minute_at_most(registered, ask, spar, later):
    for number in (KARIN, ERIK, ASA, "199610202385"):
        registered(number)
    spar.faults.status(503, count=None)
    for _ in range(6):
        ask()
    assert len(spar.calls()) == 3, "the fourth person was not even claimed"


def test_FJ3_one_answer_that_cannot_be_used_holds_up_nobody_else(registered, ask, spar, rows):
    for number in (KARIN, ERIK):
        registered(number)
    spar.faults.soap_fault()
    ask()
    assert [row["outcome"] for row in rows("SELECT outcome FROM population_register ORDER BY tries DESC")] == [
        None,
        "found",
    ]


def test_FJ3_an_answer_about_somebody_else_is_not_kept(registered, ask, spar, entry):
    browser = registered()
    spar.faults.answer(
        '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><a:SPARPersonsokningSvar'
        ' xmlns:a="http://statenspersonadressregister.se/schema/a"><a:PersonsokningSvarspost><a:PersonId>'
        f"<a:IdNummer>{ERIK}</a:IdNummer></a:PersonId></a:PersonsokningSvarspost></a:SPARPersonsokningSvar>"
        "</S:Body></S:Envelope>"
    )
    ask()
    assert entry()["outcome"] is None
    assert me(browser)["population_register"] is None


def test_A27_FJ3_a_run_is_bounded_in_persons_and_in_time(database, settings, keys, registered, spar):
    registered()
    registered(ERIK)
    now = [0.0]

    class Slow(Spar):
        def ask(self, personal_number):
            now[0] += SECONDS
            return super().ask(personal_number)

    register = Slow(settings)
    assert ask_due(database, register, keys, clock=lambda: now[0]) == 1
    assert ask_due(database, register, keys, clock=lambda: now[0]) == 1
    assert ask_due(database, register, keys, clock=lambda: now[0]) == 0
    register.close()
    assert 1 <= BATCH <= 100


def test_FJ3_two_workers_never_ask_about_the_same_person(database, keys, registered):
    registered()
    with database.transaction() as one:
        question = usecases.next_question(one, keys)
        assert question.personal_number == KARIN
        assert KARIN not in repr(question)
        with database.transaction() as other:
            assert usecases.next_question(other, keys) is None


def test_FJ3_a_number_whose_key_is_gone_holds_up_nobody(database, keys, registered, spar):
    lost = person_of(registered())
    registered(ERIK)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE person SET personal_number_sealed = 'x'::bytea WHERE id = :id"), {"id": lost})
    with database.transaction() as tx:
        assert usecases.next_question(tx, keys).personal_number == ERIK
    with database.transaction() as tx:
        assert usecases.next_question(tx, keys) is None


# ---- what is kept
def test_FJ3_D23_what_is_kept_is_sealed_and_told_to_nobody(registered, ask, everything, database, caplog):
    registered()
    ask()
    said = everything() + "".join(repr(event) for event in [*told(database), *told(database, ActivityRecorded)])
    assert "population-register-answered" in caplog.text
    said += caplog.text
    for secret in (STREET, TOWN, "58223", "Elisabet", KARIN):
        assert secret not in said


def test_FJ3_D5_the_name_that_others_see_is_still_bankids(registered, ask, database, keys, log_key):
    browser = registered()
    ask()
    assert browser.resolve().json["name"] == "Karin Test Persson"
    assert me(browser)["name"] == "Karin Test Persson"
    with database.transaction() as tx:
        tell_names(tx, keys)
    [event] = told(database, PersonNamedV1)
    opened = sealing.Unsealer(json.dumps({"keys": [log_key]})).unseal(event.sealed_name)
    assert opened["name"] == "Karin Test Persson"


def test_FJ3_whom_the_register_does_not_know_has_nothing_shown(registered, ask, spar, entry):
    spar.remove_person(KARIN)
    browser = registered()
    ask()
    assert entry()["outcome"] == "unknown"
    assert me(browser)["population_register"] is None
    assert browser.as_person("GET", "/prefill").json["address"] is None


def test_FJ3_somebody_dead_in_the_register_logs_in_and_an_operator_can_see_it(
    registered, new_browser, log_in, ask, spar, caplog
):
    spar.die(KARIN)
    browser = registered()
    ask()
    assert me(browser)["population_register"]["address"] is None
    assert "population-register-deregistered" in caplog.text
    assert log_in(new_browser()).json["status"] == "complete"


def test_FJ3_an_answer_whose_key_is_gone_costs_the_profile_nothing_else(registered, ask, database):
    browser = registered()
    ask()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE population_register SET answer_sealed = 'x'::bytea"))
    assert me(browser)["population_register"] is None
    assert browser.as_person("GET", "/prefill").json["name"] == "Karin Test Persson"


def test_FJ3_an_answer_cannot_be_put_in_another_persons_place(registered, ask, database):
    first, second = registered(), registered(ERIK)
    ask()
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE population_register SET answer_sealed ="
                " (SELECT answer_sealed FROM population_register WHERE person_id = :first)"
            ),
            {"first": person_of(first)},
        )
    assert me(first)["population_register"]["address"] == ADDRESS
    assert me(second)["population_register"] is None


# ---- how long
def test_FJ3_FJ10_after_thirteen_months_it_is_forgotten_and_protection_stays(
    registered, ask, spar, later, database, rows, settings
):
    browser = registered()
    spar.protect(KARIN)
    ask()
    forget = composition.JOBS.get("forget-population-register")
    later(390 * DAY, bankid=False)
    jobs.run(forget, jobs.JobContext(database, settings))
    assert len(rows("SELECT 1 FROM population_register")) == 1
    later(10 * DAY, bankid=False)
    jobs.run(forget, jobs.JobContext(database, settings))
    assert rows("SELECT 1 FROM population_register") == []
    assert rows("SELECT protected_identity FROM person") == [{"protected_identity": True}]
    del browser


def test_FJ3_FJ8_it_is_in_the_persons_own_data_and_goes_with_the_person(registered, ask, database, keys, rows):
    browser = registered()
    ask()
    person_id = person_of(browser)
    subject = Subject(request_id=new_id(), person_id=person_id, account_ids=())
    privacy = make_privacy(keys)
    with database.read() as tx:
        files = {each["name"]: each["content"] for each in json.loads(privacy.document(tx, subject))["files"]}
    [mine] = files["population-register"]
    assert json.loads(mine["answer"])["address"]["town"] == TOWN
    assert mine["outcome"] == "found"
    with database.transaction() as tx:
        privacy.pieces(tx, subject, DataRequestKind.ERASURE)
    assert rows("SELECT 1 FROM population_register") == []


def test_FJ3_an_answer_for_somebody_erased_meanwhile_is_dropped(database, keys, rows):
    with database.transaction() as tx:
        usecases.settle(tx, keys, new_id(), RegisterAnswer(outcome=Outcome.PROTECTED))
    assert rows("SELECT 1 FROM population_register") == []


def test_FJ3_certificates_that_cannot_be_used_stop_the_worker_and_not_the_web_process(worker_settings, settings):
    broken = replace(
        settings,
        identity_private_jwks=worker_settings.identity_private_jwks,
        spar_url="https://spar.example/2023.1/",
        spar_cert_file="/nowhere/cert.pem",
        spar_key_file="/nowhere/key.pem",
    )
    with pytest.raises(composition.SettingsError, match="spar_cert_file"):
        composition.create_worker(broken)
    assert composition.create_app(broken)
