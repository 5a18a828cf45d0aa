"""Changing the register, troubling it, and seeing what it was asked."""

import threading

import httpx2 as httpx
import pytest

from chassis.testing import wait_for
from sim_bolagsverket import companies as data
from sim_bolagsverket.app import create_app
from sim_bolagsverket.companies import ASA, ERIK, GUNVOR, TOLVAN
from sim_bolagsverket.control import ControlError
from sim_bolagsverket.settings import Settings


def test_a_signatory_loses_and_gets_the_right(api, control):
    control.remove_officer(data.TWO_TOGETHER, ASA.number)
    assert api.verdict(ASA.number, data.TWO_TOGETHER)["utfall"] == "NEJ"
    [alone] = api.verdict(ERIK.number, data.TWO_TOGETHER)["firmateckningsutfallJaSvar"]
    assert alone["alternativ"] == "ENSAM", "a board of one signs alone"

    control.put_officer(data.ALONE, GUNVOR.number, ["EFT"])
    control.set_rules(data.ALONE, [{"alternative": "ENSAM", "persons": [GUNVOR.number]}])
    assert api.verdict(GUNVOR.number, data.ALONE)["utfall"] == "JA"

    control.reset()
    api.token = api.new_token()
    assert api.verdict(GUNVOR.number, data.ALONE)["utfall"] == "NEJ"
    assert api.verdict(ASA.number, data.TWO_TOGETHER)["utfall"] == "JA"


def test_a_company_is_deregistered_gets_a_case_and_is_out_of_reach(api, control):
    control.set_status(data.ALONE, "BANKRUPT")
    assert api.verdict(TOLVAN.number, data.ALONE)["utfall"] == "NEJ"
    control.set_status(data.ALONE, "ACTIVE")
    control.set_pending_cases(data.ALONE, 3)
    [found] = api.may_sign(TOLVAN.number, data.ALONE).json()["firmateckningInformation"]
    assert found["firmateckningOrganisation"]["inneliggandeArenden"]["antal"] == 3
    control.take_down(data.ALONE)
    assert api.may_sign(TOLVAN.number, data.ALONE).status_code == 503
    assert api.may_sign(ERIK.number, data.TWO_TOGETHER).status_code == 200
    control.take_down(data.ALONE, down=False)
    assert api.may_sign(TOLVAN.number, data.ALONE).status_code == 200


def test_a_new_company_with_a_new_person(api, control):
    control.put_company(
        "5520000109",
        name="Nya Bolaget AB",
        officers=[{"person": "197010632391", "roles": ["LE"]}],
        rules=[],
    )
    control.put_officer("5520000109", "197010632391", ["LE"], name=("Ivar", "Idegran"))
    [found] = api.may_sign("197010632391", "5520000109").json()["firmateckningInformation"]
    assert found["funktionar"]["personnamn"] == {"fornamn": "Ivar", "efternamn": "Idegran"}
    assert found["funktionar"]["identitet"]["typ"]["kod"] == "SAMORDNR"
    assert found["firmateckningssvar"]["utfall"] == "JA"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/control/companies/5520000018", {"status": "GONE"}, 400),
        ("PATCH", "/control/companies/5520000018", {"colour": "red"}, 400),
        ("PATCH", "/control/companies/5520009999", {"down": True}, 404),
        ("POST", "/control/faults", {"kind": "earthquake"}, 400),
        ("POST", "/control/faults", {"kind": "drop", "when": "now"}, 400),
        (
            "PUT",
            "/control/companies/5520000018/rules",
            {"rules": [{"alternative": "TILLSAMMANS", "persons": [TOLVAN.number]}]},
            400,
        ),
    ],
)
def test_a_mistaken_order_is_refused_with_words(control, method, path, body, status):
    with pytest.raises(ControlError) as refused:
        control.call(method, path, body)
    assert refused.value.args[0] == status
    assert "error" in refused.value.args[1]


def test_a_form_post_from_a_web_page_changes_nothing(base_url, control):
    answer = httpx.post(f"{base_url}/control/reset", data={"a": "b"}, trust_env=False)
    assert answer.status_code == 415
    rebound = httpx.get(f"{base_url}/control/companies", headers={"Host": "elak.example"}, trust_env=False)
    assert rebound.status_code == 403


@pytest.mark.parametrize(
    ("caller", "host", "in_container", "status"),
    [
        ("127.0.0.1", "localhost:8082", "false", 200),
        ("172.18.0.1", "localhost:8082", "false", 403),
        ("172.18.0.1", "localhost:8082", "true", 200),
        ("172.18.0.1", "sim-bolagsverket:8082", "true", 403),
        ("127.0.0.1", "elsewhere.example", "true", 403),
    ],
)
def test_who_may_give_orders(caller, host, in_container, status):
    app = create_app(Settings.load({"SIM_BOLAGSVERKET_IN_CONTAINER": in_container}))
    answer = app.test_client().get(
        "/control/companies", headers={"Host": host}, environ_overrides={"REMOTE_ADDR": caller}
    )
    assert answer.status_code == status


def test_calls_are_listed_with_what_was_asked(api, control):
    api.may_sign(TOLVAN.number, data.ALONE)
    [call] = control.calls("firmateckningsalternativ")
    assert call["body"]["organisationIdentitetsbeteckning"] == data.ALONE
    assert (call["status"], call["fault"]) == (200, None)
    assert call["request_id"]
    control.forget_calls()
    assert control.calls() == []


def test_a_status_comes_the_ordered_number_of_times(api, control):
    control.faults.status(503, count=2, retry_after=7)
    answers = [api.may_sign(TOLVAN.number, data.ALONE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert [call["fault"] for call in control.calls()] == ["status", "status", None]
    assert control.faults.remaining() == []


def test_garbage_redirect_and_any_body(api, control):
    control.faults.garbage()
    with pytest.raises(ValueError):
        api.may_sign(TOLVAN.number, data.ALONE).json()
    control.faults.redirect("http://127.0.0.1:9/elsewhere")
    moved = api.may_sign(TOLVAN.number, data.ALONE)
    assert (moved.status_code, moved.headers["Location"]) == (302, "http://127.0.0.1:9/elsewhere")
    control.faults.answer({"firmateckningInformation": [{}]})
    body = api.may_sign(TOLVAN.number, data.ALONE).json()
    assert body == {"firmateckningInformation": [{}]}


def test_a_huge_answer_has_the_ordered_size(api, control):
    control.faults.huge(3_000_001)
    assert len(api.may_sign(TOLVAN.number, data.ALONE).content) == 3_000_001


@pytest.mark.parametrize("kind", ["drop", "truncated"])
def test_the_connection_breaks_and_the_next_call_works(api, control, kind):
    control.faults.add(kind)
    with pytest.raises(httpx.RemoteProtocolError):
        api.may_sign(TOLVAN.number, data.ALONE)
    assert api.may_sign(TOLVAN.number, data.ALONE).status_code == 200


def test_a_slow_answer_is_late_until_the_faults_are_cleared(api, control):
    control.faults.slow(60)
    answers = []
    caller = threading.Thread(target=lambda: answers.append(api.may_sign(TOLVAN.number, data.ALONE)))
    caller.start()
    [waiting] = wait_for(lambda: control.calls("firmateckningsalternativ"))
    assert (waiting["fault"], waiting["status"]) == ("slow", None)
    assert caller.is_alive()
    control.faults.clear()
    caller.join(5)
    assert [answer.status_code for answer in answers] == [200]


def test_tokens_can_be_troubled_on_their_own(api, control):
    control.faults.status(500, path="/oauth2/")
    assert api.ask_token().status_code == 500
    assert api.ask_token().status_code == 200


def test_twenty_callers_at_once_use_up_exactly_the_ordered_faults(api, control):
    control.faults.status(503, count=7)
    statuses = []

    def call():
        statuses.append(api.may_sign(TOLVAN.number, data.ALONE).status_code)

    callers = [threading.Thread(target=call) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10)
    assert sorted(statuses) == [200] * 13 + [503] * 7
