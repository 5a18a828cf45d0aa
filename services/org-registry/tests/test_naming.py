"""Two homes are told apart by their street, and two members by their names; a protected person by neither."""

import json
from datetime import date, timedelta
from itertools import permutations
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from chassis import sealing
from chassis.ids import new_id, utcnow
from chassis.jobs import JobContext
from chassis.sealing import CannotUnseal
from chassis.testing import answered
from contracts.batch_billing import Address
from contracts.data_requests import DataRequestKind
from contracts.identity import DataRequestOpenedV1, PersonNamedV1
from org_registry.app import JOBS

OTHERS_KEY = sealing.generate_key("test-seal")
STREET, NAME = "Tallbacksvägen 17", "Karin Test Nordh"
TODAY = utcnow().date()


def home(world, customer, street, agreement=None, *, starts_on=date(2026, 1, 1)):
    event = world.started(customer, agreement or f"A-{customer}")
    address = Address(street=street, postal_code="58102", city="Linköping")
    return msgspec.structs.replace(event, address=address, starts_on=starts_on)


def place(world, who):
    """What the chooser and the account bar say; the two always agree."""
    [listed] = [row["place"] for row in world.accounts(who)["items"] if row["id"] == str(who.account_id)]
    assert world.client.as_(who).get("/v1/account").json["place"] == listed
    return listed


def named(world, person_id, name=NAME, *, protected=False, about=None):
    """What identity tells of a name, sealed as it does."""
    sealed = None if protected else world.seal("199908072391", person_id=str(about or person_id), name=name)
    return PersonNamedV1(
        person_id=person_id, sealed_name=None, protected_identity=protected, sealed_for_org_registry=sealed
    )


def shown(world, who, locale=None):
    answer = world.client.as_(who, locale=locale).get("/v1/memberships")
    assert answer.status_code == 200, answer.json
    return {UUID(row["person_id"]): row["name"] for row in answer.json["items"]}


def everything(database):
    """Every row of every table, as text and as bytes."""
    with database.read() as tx:
        tables = tx.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        found = [str(row) for table in tables for row in tx.session.execute(text(f'SELECT * FROM "{table}"'))]  # noqa: S608
    assert len(found) > 5
    return "\n".join(found)


# --- places
def test_T20_two_homes_are_told_apart_by_their_streets(world):
    me = new_id()
    first, second = world.private_account("K-1", me), world.private_account("K-2", me)
    world.deliver(home(world, "K-1", STREET), version=2)
    assert (place(world, first), place(world, second)) == (STREET, "Storgatan 1")


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_T20_any_order_twice_and_late_the_newest_version_says_where_the_home_is(world, order):
    owner = world.private_account("K-1")
    facts = [(home(world, "K-1", street), version) for version, street in enumerate(("Ena 1", "Andra 2", STREET), 2)]
    for number in (*order, *order):
        world.deliver(facts[number][0], version=facts[number][1])
    assert place(world, owner) == STREET


def test_T20_the_newest_agreement_that_has_begun_says_it_and_an_ended_one_does_not(world):
    owner = world.private_account("K-1")
    world.deliver(home(world, "K-1", "Framtidsgatan 3", "A-9", starts_on=TODAY + timedelta(days=40)))
    assert place(world, owner) == "Storgatan 1"
    world.deliver(home(world, "K-1", STREET, "A-2", starts_on=date(2026, 5, 1)))
    assert place(world, owner) == STREET
    world.deliver(world.ended("K-1", TODAY - timedelta(days=2), "A-2"), version=2)
    assert place(world, owner) == "Storgatan 1"
    for number in ("A-K-1", "A-9"):
        world.deliver(world.ended("K-1", TODAY - timedelta(days=2), number), version=2)
    assert place(world, owner) is None


def test_D23_a_protected_home_is_shown_to_its_owner_and_to_no_delegate(world):
    owner = world.private_account("K-1")
    delegate = world.let_in(owner)
    assert (place(world, owner), place(world, delegate)) == ("Storgatan 1", "Storgatan 1")
    protected = msgspec.structs.replace(world.identified("K-1", owner.person_id), protected_identity=True)
    world.deliver(protected, version=2)
    assert (place(world, owner), place(world, delegate)) == ("Storgatan 1", None)


@pytest.mark.parametrize("way", ["another customer number", "the name"])
def test_D23_a_person_who_is_protected_anywhere_is_protected_at_every_home(world, way):
    owner = world.private_account("K-1")
    delegate = world.let_in(owner)
    if way == "the name":
        world.deliver(named(world, owner.person_id, protected=True))
    else:
        event = msgspec.structs.replace(world.identified("K-9", owner.person_id), protected_identity=True)
        world.deliver(event)
    assert (place(world, owner), place(world, delegate)) == ("Storgatan 1", None)


def test_FK16_a_customer_number_that_is_no_longer_the_accounts_takes_its_street_with_it(world):
    owner = world.private_account("K-1")
    world.change("UPDATE customer SET account_id = NULL WHERE customer_number = 'K-1'")
    assert place(world, owner) is None


# --- names
def test_FC9_members_are_shown_by_the_names_that_identity_has_verified(world):
    owner = world.private_account("K-1")
    first, second, unknown = (world.let_in(owner).person_id for _ in range(3))
    for person_id, name in ((owner.person_id, NAME), (first, "Erik Test Ek"), (second, "Eva Test Ask")):
        world.deliver(named(world, person_id, name))
    assert shown(world, owner) == {
        owner.person_id: NAME,
        first: "Erik Test Ek",
        second: "Eva Test Ask",
        unknown: None,
    }


@pytest.mark.parametrize("order", list(permutations(range(2))), ids=str)
def test_FC9_a_name_before_its_membership_twice_and_late_is_the_newest(world, order):
    person_id = new_id()
    facts = [(named(world, person_id, "Karin Test Ogift"), 1), (named(world, person_id), 2)]
    for number in (*order, *order):
        world.deliver(facts[number][0], version=facts[number][1])
    owner = world.private_account("K-1", person_id)
    assert shown(world, owner) == {person_id: NAME}


def test_D23_a_person_who_becomes_protected_is_shown_without_name(world):
    owner = world.private_account("K-1")
    guest = world.let_in(owner).person_id
    world.deliver(named(world, guest))
    world.deliver(named(world, guest, protected=True), version=2)
    assert shown(world, owner)[guest] == "Skyddad identitet"
    assert shown(world, owner, "en")[guest] == "Protected identity"
    assert world.rows("SELECT name_sealed FROM person_name") == [{"name_sealed": None}]


def test_D23_a_name_sealed_for_another_person_or_another_key_is_not_taken(world):
    person_id = new_id()
    with pytest.raises(CannotUnseal):
        world.deliver(named(world, person_id, about=new_id()))
    foreign = sealing.Sealer(json.dumps(sealing.public_key(OTHERS_KEY)))
    stolen = foreign.seal({"person_id": str(person_id), "name": NAME})
    with pytest.raises(CannotUnseal):
        world.deliver(msgspec.structs.replace(named(world, person_id), sealed_for_org_registry=stolen))
    assert world.rows("SELECT person_id FROM person_name") == []


def test_FC23_the_yearly_review_names_them_and_a_kept_answer_does_not(world):
    owner = world.private_account("K-1")
    guest = world.let_in(owner)
    world.deliver(named(world, guest.person_id))
    world.change(
        "INSERT INTO membership_review (id, account_id, opened_at) VALUES (:id, :account, now())",
        id=new_id(),
        account=owner.account_id,
    )
    client = world.client.as_(owner)
    assert [row["name"] for row in client.get("/v1/membership-review").json["memberships"]] == [NAME]
    answer = client.post("/v1/membership-review/answers", {"keep": [str(guest.membership_id)], "remove": []})
    assert [row["name"] for row in answer.json["memberships"]] == [None]
    assert NAME not in everything(world.database)


# --- at rest
def test_D23_no_street_and_no_name_stands_in_any_table_or_event(world):
    owner = world.private_account("K-1")
    world.deliver(home(world, "K-1", STREET), version=2)
    world.deliver(named(world, owner.person_id))
    assert (place(world, owner), shown(world, owner)) == (STREET, {owner.person_id: NAME})
    stored = everything(world.database)
    for secret in (STREET, NAME):
        for form in (secret, repr(secret.encode())[2:-1]):
            assert form not in stored


def test_D23_a_street_or_name_moved_to_another_row_is_not_shown_and_the_page_is(world):
    owner, other = world.private_account("K-1"), world.private_account("K-2")
    for who in (owner, other):
        world.deliver(named(world, who.person_id, f"{NAME} {who.person_id.hex[:4]}"))
    world.change(
        "UPDATE agreement SET street_sealed = (SELECT street_sealed FROM agreement WHERE customer_number='K-2')"
    )
    world.change("UPDATE person_name SET name_sealed = (SELECT name_sealed FROM person_name LIMIT 1)")
    assert {place(world, owner), place(world, other)} == {None, "Storgatan 1"}
    assert None in {shown(world, who)[who.person_id] for who in (owner, other)}


# --- the own data
def test_B_21_street_and_name_are_exported_in_clear_and_erased(world):
    owner, other = world.private_account("K-1"), world.private_account("K-2")
    for who in (owner, other):
        world.deliver(named(world, who.person_id))
    asked = {"kind": DataRequestKind.EXPORT, "person_id": owner.person_id}
    world.deliver(DataRequestOpenedV1(request_id=new_id(), **asked))
    found = answered(world.database)
    assert [row["street"] for row in found["accounts"]["agreements"]] == ["Storgatan 1"]
    assert found["name"] == {"name": NAME}
    world.deliver(DataRequestOpenedV1(request_id=new_id(), **asked | {"kind": DataRequestKind.ERASURE}))
    assert world.rows("SELECT customer_number FROM agreement WHERE street_sealed IS NOT NULL") == [
        {"customer_number": "K-2"}
    ]
    assert world.rows("SELECT person_id FROM person_name") == [{"person_id": other.person_id}]


def test_FJ10_the_street_of_an_agreement_goes_36_months_after_its_end(world, settings):
    for customer, months in (("K-1", 35), ("K-2", 38)):
        world.private_account(customer)
        world.deliver(world.ended(customer, TODAY - timedelta(days=30 * months), f"A-{customer}"), version=2)
    JOBS.get("forget-old-rights").run(JobContext(world.database, settings))
    assert world.rows("SELECT customer_number FROM agreement WHERE street_sealed IS NOT NULL") == [
        {"customer_number": "K-1"}
    ]
