"""Changing the register, troubling it, and seeing what it was asked."""

import threading

import httpx2 as httpx
import pytest

from chassis.testing import wait_for
from sim_bankid.persons import PERSONS as WITH_BANKID
from sim_spar.app import register_app
from sim_spar.control import Control, ControlError
from sim_spar.persons import PERSONS
from sim_spar.register import Register
from sim_spar.settings import Settings
from sim_spar.testing import running

KARIN = "199908072391"


def test_FJ3_the_persons_are_those_of_the_bankid_simulator():
    assert {person.number: person.family for person in PERSONS} == {
        number: person.surname.removeprefix("Test ") for number, person in WITH_BANKID.items()
    }


def test_a_person_comes_changes_and_goes(caller, control):
    control.put_person("197010632391", given="Ivar", family="Idegran", addresses=[{"line2": "Vägen 1"}])
    assert "SAMORDNINGSNUMMER" in caller.ask("197010632391").text
    control.change("197010632391", family="Ek")
    assert "Ek" in caller.ask("197010632391").text
    control.remove_person("197010632391")
    assert "Ek" not in caller.ask("197010632391").text
    control.reset()
    assert len(control.persons()) == len(PERSONS)


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (lambda control: control.change("197010632391", family="X"), 404),
        (lambda control: control.remove_person("197010632391"), 404),
        (lambda control: control.call("PATCH", f"/control/persons/{KARIN}", {"number": "1"}), 400),
        (lambda control: control.change(KARIN), 400),
        (lambda control: control.put_person(KARIN, wrong=1), 400),
        (lambda control: control.faults.add("fire"), 400),
        (lambda control: control.call("PATCH", "/control/assignment", {"history": "yes"}), 400),
    ],
    ids=["change", "remove", "number", "nothing", "field", "fault", "history"],
)
def test_what_the_control_interface_does_not_know_it_refuses(control, call, status):
    with pytest.raises(ControlError) as refused:
        call(control)
    assert refused.value.args[0] == status


def test_questions_are_listed_with_who_asked_and_about_whom(caller, control):
    caller.ask(KARIN)
    caller.ask("000000000000", user="other")
    assert [(call["number"], call["user"], call["status"]) for call in control.calls()] == [
        (KARIN, "minasidor", 200),
        ("000000000000", "other", 500),
    ]
    assert len(control.calls(KARIN)) == 1
    control.forget_calls()
    assert control.calls() == []


def test_A27_each_fault_meets_as_many_questions_as_ordered(caller, control):
    control.faults.status(503, count=2)
    control.faults.soap_fault()
    control.faults.garbage()
    control.faults.bomb()
    control.faults.redirect("http://127.0.0.1:9/")
    control.faults.answer("<x/>")
    given = [caller.ask(KARIN) for _ in range(8)]
    assert [answer.status_code for answer in given] == [503, 503, 500, 200, 200, 302, 200, 200]
    assert "faultstring" in given[2].text
    assert given[3].content.startswith(b"\xff")
    assert "<!ENTITY" in given[4].text
    assert "Persson" in given[7].text
    assert control.faults.remaining() == []


def test_A27_a_connection_is_cut_before_or_in_the_middle_of_an_answer(caller, control):
    for order in (control.faults.drop, control.faults.truncated):
        order()
        with pytest.raises(httpx.TransportError):
            caller.ask(KARIN)
    control.faults.huge(300_000)
    assert len(caller.ask(KARIN).content) == 300_000


def test_A27_a_slow_answer_can_be_seen_waiting_and_let_go(caller, control):
    control.faults.slow(60)
    given = []
    asking = threading.Thread(target=lambda: given.append(caller.ask(KARIN)))
    asking.start()
    wait_for(lambda: [call for call in control.calls() if call["fault"] == "slow" and call["status"] is None])
    assert given == []
    control.faults.clear()
    asking.join(5)
    assert given[0].status_code == 200


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [("127.0.0.1:8087", "127.0.0.1", 200), ("evil.example", "127.0.0.1", 403), ("127.0.0.1", "198.51.100.1", 403)],
)
def test_only_this_machine_by_its_own_name_controls_it(host, origin, status):
    client = register_app(Register(Settings()), control=True).test_client()
    answer = client.get("/control/calls", headers={"Host": host}, environ_base={"REMOTE_ADDR": origin})
    assert answer.status_code == status


def test_the_page_shows_everybody_escaped_and_without_scripts(simulator, control):
    control.change(KARIN, given="<b>Karin</b>", secrecy=True)
    answer = httpx.get(f"{control.base_url}/", trust_env=False)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "&lt;b&gt;Karin" in answer.text
    assert "Sekretessmarkering" in answer.text
    assert "<script" not in answer.text
    assert all(person.number in answer.text for person in PERSONS)


def test_it_stops_when_asked():
    with running() as simulator:
        assert Control(simulator.control.base_url).calls() == []
        simulator.process.terminate()
        assert simulator.process.wait(10) == 0
