"""Against a real broker with the suite's own topology and rights: the simulator may do what an outsider may."""

import json
import socket
import subprocess
import sys
import time
import uuid
from contextlib import closing
from datetime import date

import jsonschema_rs
import pika
import pytest

from contracts import rabbitmq
from contracts.catalogue import CATALOGUE
from sim_batch_billing.control import Control, ControlError


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def broker(rabbitmq_server):
    passwords = {name: f"pw-{name}" for name in (rabbitmq.OPERATOR, *rabbitmq.participants())}
    rabbitmq_server.import_definitions(rabbitmq.definitions(passwords))
    return lambda user: rabbitmq_server.url_for(user, passwords[user], rabbitmq.VHOST)


@pytest.fixture
def system(broker, tmp_path):
    port = free_port()
    environ = {
        "SIM_BATCH_BILLING_BIND": f"127.0.0.1:{port}",
        "SIM_BATCH_BILLING_AMQP_URL": broker("batch-billing"),
        "SIM_BATCH_BILLING_LEDGER": str(tmp_path / "ledger.db"),
        "PATH": "/usr/bin:/bin",
    }
    process = subprocess.Popen([sys.executable, "-m", "sim_batch_billing"], env=environ)
    control = Control(f"http://127.0.0.1:{port}")
    ready(control)
    yield control
    process.terminate()
    assert process.wait(10) == 0


def ready(control) -> None:
    def answers() -> bool:
        try:
            control.call("GET", "/control/state")
        except OSError:
            return False
        return True

    wait(answers)


def wait(condition, seconds: float = 15.0):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, condition
    return value


@pytest.fixture
def operator(broker):
    connection = pika.BlockingConnection(pika.URLParameters(broker(rabbitmq.OPERATOR)))
    channel = connection.channel()
    for name in rabbitmq.participants():
        channel.queue_purge(name)
    yield channel
    connection.close()


def take(channel, queue: str):
    def one():
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        return method and (properties, json.loads(body))

    return wait(one)


def report(channel, body: dict, version: int = 1, event_id: str | None = None) -> None:
    attributes = {
        "id": event_id or str(uuid.uuid4()),
        "type": "metering.reading.submitted.v1",
        "aggregateversion": version,
    }
    properties = pika.BasicProperties(headers={f"cloudEvents:{name}": value for name, value in attributes.items()})
    channel.basic_publish("", "batch-billing", json.dumps(body).encode(), properties)


def reading(customer: str, **changes) -> dict:
    return {
        "reading_id": str(uuid.uuid4()),
        "account_id": str(uuid.uuid4()),
        "customer_number": customer,
        "facility_id": "VA-7",
        "meter_number": "VM-1",
        "value_m3": 1342,
        "read_on": "2026-11-20",
        "previous_value_m3": 1301,
        "previous_read_on": "2026-08-20",
        "use_m3": 41,
        "rolled_over": False,
        "source": "customer",
        "submitted_at": "2026-11-20T10:00:00Z",
    } | changes


def customer_with_water(system) -> str:
    number = system.customer("199908072391", name="Karin Test Persson", email="karin@exempel.se")
    system.agreement(
        number,
        street="Exempelgatan 1",
        postal_code="58115",
        city="Exempelstad",
        starts_on="2026-01-01",
        facility_id="VA-7",
        meter_number="VM-1",
        digits=5,
        start_value=1301,
    )
    return number


def test_what_it_sends_follows_the_contract_and_names_itself(system, operator):
    customer_with_water(system)
    properties, body = take(operator, "identity")
    assert properties.user_id == "batch-billing"
    assert properties.delivery_mode == 2
    jsonschema_rs.validator_for(CATALOGUE["batch-billing.customer.registered.v1"].schema()).validate(body)
    _, agreement = take(operator, "metering")
    jsonschema_rs.validator_for(CATALOGUE["batch-billing.agreement.started.v1"].schema()).validate(agreement)


def test_a_reading_is_priced_once_however_often_it_comes(system, operator):
    customer = customer_with_water(system)
    body = reading(customer)
    report(operator, body, event_id="01980000-0000-7000-8000-000000000001")
    report(operator, body, event_id="01980000-0000-7000-8000-000000000001")
    report(operator, body, event_id="01980000-0000-7000-8000-000000000002")
    first = wait(lambda: (answer := system.run_batch())["invoices"] and answer)
    assert len(first["invoices"]) == 1
    assert system.run_batch() == {"readings": 0, "invoices": []}
    _, invoice = wait(lambda: invoice_in(operator))
    jsonschema_rs.validator_for(CATALOGUE["batch-billing.invoice.issued.v1"].schema()).validate(invoice)
    assert invoice["reading_id"] == body["reading_id"]


def invoice_in(channel):
    method, properties, body = channel.basic_get("billing", auto_ack=True)
    if method and properties.type == "batch-billing.invoice.issued.v1":
        return properties, json.loads(body)
    return None


def test_D24_a_correction_in_the_same_batch_is_what_is_billed(system, operator):
    customer = customer_with_water(system)
    first = reading(customer)
    report(operator, first)
    report(operator, first | {"value_m3": 1331, "use_m3": 30}, version=2)
    body = wait(lambda: system.run_batch()["invoices"])
    assert [line["quantity"] for line in body[0]["lines"] if line["unit"] == "m³"] == ["30"]
    assert system.run_batch()["invoices"] == []


def test_a_run_may_date_invoices_after_their_readings_and_bills_waste_with_them(system, operator):
    customer = customer_with_water(system)
    where = {"street": "Exempelgatan 1", "postal_code": "58115", "city": "Exempelstad"}
    system.agreement(customer, service_area="waste", starts_on="2026-01-01", **where)
    report(operator, reading(customer, read_on="2026-06-01", previous_read_on="2026-05-01"))
    body = wait(lambda: system.run_batch(days_after_reading=3)["invoices"])[0]
    assert (body["period_from"], body["period_to"], body["issued_on"]) == ("2026-05-02", "2026-06-01", "2026-06-04")
    assert [line["service_area"] for line in body["lines"]] == ["water", "water", "waste"]


def test_credit_of_a_leak_reminder_and_payment_are_told_and_kept(system, operator):
    customer = customer_with_water(system)
    period = {"period_from": "2026-05-02", "period_to": "2026-06-01", "facility_id": "VA-7"}
    leak = system.invoice(customer, issued_on="2026-06-04", m3=47, **period)
    number = leak["invoice_number"]
    credit = system.invoice(
        customer, issued_on="2026-06-20", m3=34, fixed_fees=False, kind="credit", credits_number=number, **period
    )
    assert [(line["quantity"], line["unit"]) for line in credit["lines"]] == [("-34", "m³")]
    fee = system.remind(number, "2026-07-20")
    schema = jsonschema_rs.validator_for(CATALOGUE["batch-billing.invoice.issued.v1"].schema())
    for body in (credit, fee):
        schema.validate(body)
    assert system.state()["paid"] == []
    system.pay(leak["ocr"], leak["total_ore"] + credit["total_ore"])
    assert system.state()["paid"] == [leak["ocr"]]
    with pytest.raises(ControlError):
        system.remind("1", "2026-07-20")


def test_B_17_a_replaced_meter_is_told_as_the_contract_says(system, operator):
    installed = {"meter_number": "VM-2", "digits": 5, "start_value": 0}
    system.replace_meter(
        "VA-7", replaced_on="2026-11-01", removed_meter_number="VM-1", removed_value=1400, installed=installed
    )

    def replacement():
        method, properties, body = operator.basic_get("metering", auto_ack=True)
        return method and properties.type == "batch-billing.meter.replaced.v1" and json.loads(body)

    jsonschema_rs.validator_for(CATALOGUE["batch-billing.meter.replaced.v1"].schema()).validate(wait(replacement))


def test_a_reading_that_cannot_be_billed_is_answered_with_a_text_for_the_customer(system, operator):
    customer = customer_with_water(system)
    report(operator, reading(customer, value_m3=1000))
    wait(lambda: system.run_batch()["readings"])

    def rejection():
        method, properties, body = operator.basic_get("metering", auto_ack=True)
        return method and properties.type.endswith("rejected.v1") and json.loads(body)

    assert "lägre" in wait(rejection)["text_sv"]


def test_an_agreement_of_a_stranger_is_refused(system):
    with pytest.raises(ControlError):
        system.agreement("999", street="a", postal_code="58115", city="b", starts_on=str(date(2026, 1, 1)))


@pytest.mark.slow
def test_while_the_broker_refuses_nothing_is_lost_and_afterwards_all_is_sent(
    broker, rabbitmq_server, operator, tmp_path
):
    port = free_port()
    environ = {
        "SIM_BATCH_BILLING_BIND": f"127.0.0.1:{port}",
        "SIM_BATCH_BILLING_AMQP_URL": rabbitmq_server.url_for("batch-billing", "wrong for now", rabbitmq.VHOST),
        "SIM_BATCH_BILLING_LEDGER": str(tmp_path / "ledger.db"),
        "PATH": "/usr/bin:/bin",
    }
    for url, waiting in ((environ["SIM_BATCH_BILLING_AMQP_URL"], 2), (broker("batch-billing"), 0)):
        process = subprocess.Popen(
            [sys.executable, "-m", "sim_batch_billing"], env=environ | {"SIM_BATCH_BILLING_AMQP_URL": url}
        )
        control = Control(f"http://127.0.0.1:{port}")
        ready(control)
        if waiting:
            customer_with_water(control)
        wait(lambda control=control, waiting=waiting: control.state()["waiting"] == waiting)
        process.terminate()
        process.wait(10)
    assert take(operator, "identity")[1]["name"] == "Karin Test Persson"
