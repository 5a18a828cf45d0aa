import time
from dataclasses import replace

import pytest

from chassis.ids import new_id, utcnow
from identity.api.bankid import BankId, BankIdFault
from identity.api.bankid.client import LARGEST_ANSWER, OPENS_AFTER, STAYS_OPEN_SECONDS, StartOrder, new_breaker
from identity.domain import logins
from identity.domain.bankid import Completed, Failed, Pending, Trouble
from sim_bankid.certificates import make_certificates
from sim_bankid.control import Control
from sim_bankid.testing import running

KARIN, ERIK = "199908072391", "199006022397"


def start(**changes):
    values = {
        "login_id": new_id(),
        "end_user_ip": "198.51.100.7",
        "visible_data": logins.visible_data("sv"),
        "return_url": None,
        "referring_domain": "localhost",
        "user_agent": "Mozilla/5.0",
        "device_identifier": "d" * 64,
    }
    return StartOrder(**(values | changes))


def login_for(started, order):
    now = utcnow()
    return logins.Login(
        id=started.login_id,
        device="other",
        platform="computer",
        status="pending",
        locale="sv",
        return_path=None,
        order_ref=order.order_ref,
        auto_start_token=None,
        qr_start_token=None,
        qr_start_secret=None,
        visible_data=started.visible_data,
        order_started_at=now,
        hint_code=None,
        error_code=None,
        troubles=0,
        collecting_since=now,
        start_address="198.51.100.7",
        device_hash=None,
        returned_at=None,
        completed_at=None,
        person_id=None,
        created_at=now,
    )


@pytest.fixture
def begun(bankid, control):
    """A started order and the login it belongs to."""
    started = start()
    return login_for(started, bankid.start(started))


@pytest.fixture
def completed(begun, bankid, control):
    """The proof of a completed order."""
    control.approve(control.pick(begun.order_ref, KARIN))
    outcome = bankid.collect(begun)
    assert isinstance(outcome, Completed)
    return outcome


def test_an_order_is_followed_to_its_end(begun, bankid, control):
    assert bankid.collect(begun) == Pending(hint_code="outstandingTransaction")
    order = control.pick(begun.order_ref, KARIN)
    assert bankid.collect(begun) == Pending(hint_code="userSign")
    control.approve(order)
    done = bankid.collect(begun)
    assert (done.personal_number, done.name, done.given_name, done.surname, done.risk) == (
        KARIN,
        "Karin Test Persson",
        "Karin",
        "Test Persson",
        "low",
    )


def test_C15_a_result_is_collected_once(completed, begun, bankid):
    assert bankid.collect(begun) == Trouble(error_code="invalidParameters", passing=False)


def test_a_failed_order_says_why(begun, bankid, control):
    control.fail(begun.order_ref, "userCancel")
    assert bankid.collect(begun) == Failed(hint_code="userCancel")


def test_cancelling_an_order_that_is_over_is_no_error(begun, bankid, control):
    bankid.cancel(begun.order_ref)
    assert control.order(begun.order_ref)["status"] == "failed"
    bankid.cancel(begun.order_ref)


def test_everything_that_we_send_is_within_bankids_limits(bankid, control):
    url = logins.return_url("https://" + "a" * 200 + ".example.se/retur", "fragment", login="l" * 36, nonce="n" * 43)
    bankid.start(start(user_agent="å" * 1000, return_url=url, visible_data=logins.visible_data("en")))
    bankid.start(start(user_agent=None, device_identifier=None, end_user_ip="2001:db8::1"))
    assert len(control.orders()) == 2


# ---- A27 and B17: misbehaviour
@pytest.mark.slow
def test_A27_a_call_is_given_up_after_three_seconds(bankid, control):
    control.fault("slow", "auth", seconds=30)
    began = time.monotonic()
    with pytest.raises(BankIdFault, match="unreachable"):
        bankid.start(start())
    assert 2.5 < time.monotonic() - began < 4.5


def test_A27_an_address_where_nobody_listens_fails_at_once(settings):
    client = BankId(replace(settings, bankid_url="http://127.0.0.1:9"))
    began = time.monotonic()
    with pytest.raises(BankIdFault, match="unreachable"):
        client.start(start())
    assert time.monotonic() - began < 1.5
    client.close()


def test_A27_no_redirect_is_followed(bankid, control, simulator):
    control.fault("redirect", "auth", location=f"{simulator.api}/rp/v6.0/auth")
    with pytest.raises(BankIdFault, match="unreadable"):
        bankid.start(start())
    assert control.orders() == []


def test_B17_an_answer_larger_than_256_kilobytes_is_not_read_to_its_end(bankid, control):
    control.fault("huge", "auth", size=2_000_000_000)
    began = time.monotonic()
    with pytest.raises(BankIdFault, match="unreadable"):
        bankid.start(start())
    assert time.monotonic() - began < 3
    assert LARGEST_ANSWER == 262_144


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"hej"',
        "{",
        '{"orderRef": 1}',
        '{"orderRef":"a","autoStartToken":"","qrStartToken":"c","qrStartSecret":"d"}',
        '{"orderRef":"a","autoStartToken":"b\\n","qrStartToken":"c","qrStartSecret":"d"}',
        "\x00",
    ],
)
def test_B17_a_start_answer_that_is_not_one_is_refused(bankid, control, body):
    control.fault("raw", "auth", text=body, contentType="application/json")
    with pytest.raises(BankIdFault, match="unreadable"):
        bankid.start(start())


@pytest.mark.parametrize(
    ("fault", "code", "passing", "ours"),
    [
        ({"status": 400, "errorCode": "alreadyInProgress"}, "alreadyInProgress", False, False),
        ({"status": 400, "errorCode": "invalidParameters"}, "invalidParameters", False, True),
        ({"status": 401, "errorCode": "unauthorized"}, "unauthorized", False, True),
        ({"status": 404, "errorCode": "notFound"}, "notFound", False, True),
        ({"status": 405, "errorCode": None}, "methodNotAllowed", False, True),
        ({"status": 408, "errorCode": "requestTimeout"}, "requestTimeout", False, False),
        ({"status": 415, "errorCode": "unsupportedMediaType"}, "unsupportedMediaType", False, True),
        ({"status": 429, "errorCode": None}, "tooManyRequests", True, False),
        ({"status": 500, "errorCode": "internalError"}, "internalError", False, False),
        ({"status": 503, "errorCode": "Maintenance"}, "Maintenance", True, False),
        ({"status": 418, "errorCode": "teapot"}, "teapot", False, False),
    ],
    ids=lambda value: str(value.get("status")) if isinstance(value, dict) else "",
)
def test_each_error_of_bankid_is_understood(bankid, control, fault, code, passing, ours):
    control.fault("error", "auth", **fault)
    with pytest.raises(BankIdFault) as refused:
        bankid.start(start())
    assert (refused.value.error_code, refused.value.passing, refused.value.ours) == (code, passing, ours)


def test_A27_the_breaker_spares_a_bankid_that_is_down_and_finds_it_again(settings, simulator, control):
    now = 0.0
    client = BankId(replace(settings, bankid_url=simulator.api), breaker=new_breaker(lambda: now))
    control.fault("error", "auth", times=OPENS_AFTER, status=500, errorCode="internalError")
    for _ in range(OPENS_AFTER):
        with pytest.raises(BankIdFault, match="internalError"):
            client.start(start())
    asked = len(control.calls())
    with pytest.raises(BankIdFault, match="unreachable"):
        client.start(start())
    assert len(control.calls()) == asked
    now = STAYS_OPEN_SECONDS
    assert client.start(start())
    assert client.start(start())
    client.close()


def test_A27_a_request_that_is_refused_does_not_open_the_breaker(settings, simulator, control):
    breaker = new_breaker()
    client = BankId(replace(settings, bankid_url=simulator.api), breaker=breaker)
    control.fault("error", "auth", times=20, status=400, errorCode="invalidParameters")
    for _ in range(20):
        with pytest.raises(BankIdFault, match="invalidParameters"):
            client.start(start())
    assert breaker.allow()
    client.close()


# ---- mutual TLS (domain facts 1.1)
@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def over_tls(certificates):
    with running(
        {
            "SIM_BANKID_TLS_CERT": str(certificates["server.pem"]),
            "SIM_BANKID_TLS_KEY": str(certificates["server.key"]),
            "SIM_BANKID_TLS_CLIENT_CA": str(certificates["ca.pem"]),
            "SIM_BANKID_CONTROL_BIND": "127.0.0.1:0",
        }
    ) as started:
        yield started


def _tls(settings, certificates, url, ca="ca.pem"):
    return replace(
        settings,
        bankid_url=url,
        bankid_ca_file=str(certificates[ca]),
        bankid_cert_file=str(certificates["rp.pem"]),
        bankid_key_file=str(certificates["rp.key"]),
    )


def test_mutual_tls_with_our_certificate_and_bankids_root_works(settings, certificates, over_tls):
    client = BankId(_tls(settings, certificates, over_tls.api))
    started = start()
    login = login_for(started, client.start(started))
    tester = Control(over_tls.tester)
    tester.approve(tester.pick(login.order_ref, KARIN))
    assert client.collect(login).personal_number == KARIN
    client.close()


def test_a_server_that_another_root_vouches_for_is_not_spoken_to(settings, certificates, over_tls, tmp_path):
    foreign = make_certificates(tmp_path / "foreign")
    client = BankId(_tls(settings, certificates | {"foreign.pem": foreign["ca.pem"]}, over_tls.api, "foreign.pem"))
    with pytest.raises(BankIdFault, match="unreachable"):
        client.start(start())
    client.close()


def test_bankid_does_not_speak_to_a_stranger(settings, over_tls, certificates, tmp_path):
    foreign = make_certificates(tmp_path / "foreign")
    stranger = _tls(settings, certificates | {"rp.pem": foreign["rp.pem"], "rp.key": foreign["rp.key"]}, over_tls.api)
    client = BankId(stranger)
    with pytest.raises(BankIdFault, match="unreachable"):
        client.start(start())
    client.close()
