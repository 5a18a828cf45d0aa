from datetime import date, timedelta

import pytest
from sqlalchemy import text

from chassis.ids import new_id, utcnow
from chassis.testing import deliver, for_service, principal
from contracts.batch_billing import (
    Address,
    AgreementEndedV1,
    AgreementStartedV1,
    InstalledMeter,
    MeterReplacedV1,
    ReadingAcceptedV1,
    ReadingRejectedV1,
    ServiceArea,
)
from contracts.org_registry import AccountKind, AccountLinkedV1, AccountOpenedV1, AccountUnlinkedV1, UnlinkReason
from metering.consumers import SUBSCRIPTIONS
from metering.domain import local_date

settings, database, app, client, tx = for_service("metering")

FACILITY = "735999109151401011"


class World:
    """The rest of the suite, as metering hears of it."""

    def __init__(self, database, client):
        self.database = database
        self.client = client
        self.today = local_date(utcnow())

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def deliver(self, event, version=1, **options):
        deliver(self.database, SUBSCRIPTIONS, event, version=version, **options)

    def started(self, number="A1", customer="K1", facility=FACILITY, *, days_ago=365, meter="M1", value=100, **changes):
        base = {
            "agreement_number": number,
            "customer_number": customer,
            "service_area": ServiceArea.WATER,
            "starts_on": self.ago(days_ago),
            "address": Address(street="Storgatan 1", postal_code="58222", city="Linköping"),
            "facility_id": facility,
            "meter": InstalledMeter(meter_number=meter, digits=5, start_value=value) if meter else None,
            "expected_yearly_use": 150,
        }
        return AgreementStartedV1(**(base | changes))

    def ended(self, number="A1", customer="K1", *, days_ago):
        return AgreementEndedV1(agreement_number=number, customer_number=customer, ends_on=self.ago(days_ago))

    def replaced(self, facility=FACILITY, *, days_ago, old="M1", last=150, new="M2", value=3, estimated=False):
        return MeterReplacedV1(
            facility_id=facility,
            replaced_on=self.ago(days_ago),
            removed_meter_number=old,
            removed_value=last,
            removed_value_estimated=estimated,
            installed=InstalledMeter(meter_number=new, digits=5, start_value=value),
        )

    def linked(self, account_id, customer="K1"):
        return AccountLinkedV1(account_id=account_id, customer_number=customer)

    def unlinked(self, account_id, customer="K1"):
        return AccountUnlinkedV1(account_id=account_id, customer_number=customer, reason=UnlinkReason.MOVED)

    def opened(self, account_id, kind=AccountKind.PRIVATE):
        return AccountOpenedV1(account_id=account_id, kind=kind, display_name="Tolvan", opened_at=utcnow())

    def accepted(self, reading_id, *, at=None, invoice="F1001"):
        return ReadingAcceptedV1(reading_id=reading_id, accepted_at=at or utcnow(), invoice_number=invoice)

    def rejected(self, reading_id, *, at=None):
        return ReadingRejectedV1(
            reading_id=reading_id,
            rejected_at=at or utcnow(),
            text_sv="Värdet kan inte stämma.",
            text_en="The value cannot be right.",
        )

    def household(self, customer="K1", **agreement):
        """A person with a private account and one water agreement."""
        who = principal()
        self.deliver(self.opened(who.account_id))
        self.deliver(self.linked(who.account_id, customer))
        self.deliver(self.started(customer=customer, **agreement))
        return who

    def point_of(self, who):
        return self.client.as_(who).get("/v1/metering-points").json["items"][0]["id"]

    def rows(self, sql, **parameters):
        with self.database.read() as tx:
            return [tuple(row) for row in tx.session.execute(text(sql), parameters)]


@pytest.fixture
def world(database, client):
    return World(database, client)


@pytest.fixture
def me(world):
    return world.household()


@pytest.fixture
def point(world, me):
    return world.point_of(me)


@pytest.fixture
def reading_of(client, world):
    """Submits a reading and returns the answer's JSON."""

    def submit(who, value, days_ago=0, **more):
        body = {
            "metering_point_id": world.point_of(who),
            "value_m3": value,
            "read_on": world.ago(days_ago).isoformat(),
        }
        answer = client.as_(who).post("/v1/readings", body | more)
        assert answer.status_code == 201, answer.json
        return answer.json

    return submit


@pytest.fixture
def new():
    return new_id
