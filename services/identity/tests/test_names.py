"""What the activity log is told of names: sealed, once, and nothing of protected people (D23)."""

import json
from dataclasses import replace

import pytest

from chassis import sealing
from chassis.testing import deliver, told
from contracts.batch_billing import CustomerRegisteredV1
from contracts.identity import PersonNamedV1
from identity.usecases.names import tell_names

KEY = sealing.generate_key("activity")
KARIN, ERIK = "199908072391", "199006022397"


@pytest.fixture
def log_keys(keys):
    return replace(keys, names=sealing.Sealer(json.dumps(sealing.public_key(KEY))))


@pytest.fixture
def customer(database, events):
    """The billing system tells of a customer; ``version`` counts up."""

    def tell(number=KARIN, name="Karin Test Persson", *, protected=False, version=1):
        event = CustomerRegisteredV1(
            customer_number=f"1000{number[-2:]}",
            personal_number=number,
            name=name,
            email=None,
            phone=None,
            protected_identity=protected,
        )
        deliver(database, events, event, version=version)

    return tell


def tell(database, keys):
    with database.transaction() as tx:
        return tell_names(tx, keys)


def names(database):
    opened = sealing.Unsealer(json.dumps({"keys": [KEY]}))
    return [
        (opened.unseal(event.sealed_name)["name"] if event.sealed_name else None, event.protected_identity)
        for event in told(database, PersonNamedV1)
    ]


def test_FC19_a_name_is_told_once_and_again_when_it_changes(database, customer, log_keys):
    customer()
    assert [tell(database, log_keys) for _ in range(2)] == [1, 0]
    customer(name="Karin Test Nygift", version=2)
    tell(database, log_keys)
    assert names(database)[0] == ("Karin Test Persson", False)


def test_D23_org_registry_gets_the_name_sealed_for_itself_and_nothing_of_a_protected_person(
    database, customer, log_keys, unseal_as_registry
):
    customer()
    customer(ERIK, "Erik Test Lindqvist", protected=True)
    tell(database, log_keys)
    shown, hidden = sorted(told(database, PersonNamedV1), key=lambda event: event.protected_identity)
    opened = unseal_as_registry(shown.sealed_for_org_registry)
    assert opened == {"person_id": str(shown.person_id), "name": "Karin Test Persson"}
    with pytest.raises(sealing.CannotUnseal):
        sealing.Unsealer(json.dumps({"keys": [KEY]})).unseal(shown.sealed_for_org_registry)
    assert (hidden.sealed_name, hidden.sealed_for_org_registry, hidden.protected_identity) == (None, None, True)


def test_D23_a_name_that_becomes_protected_is_withdrawn_and_never_told_again(database, customer, log_keys):
    customer()
    tell(database, log_keys)
    customer(protected=True, version=2)
    tell(database, log_keys)
    assert names(database) == [("Karin Test Persson", False), (None, True)]
    first, second = told(database, PersonNamedV1)
    assert first.person_id == second.person_id


def test_D23_a_protected_persons_name_is_not_told_at_all(database, customer, log_keys):
    customer(protected=True)
    tell(database, log_keys)
    assert names(database) == [(None, True)]


def test_a_sealed_name_is_bound_to_its_person(database, customer, log_keys):
    customer()
    tell(database, log_keys)
    (event,) = told(database, PersonNamedV1)
    opened = sealing.Unsealer(json.dumps({"keys": [KEY]})).unseal(event.sealed_name)
    assert opened["person_id"] == str(event.person_id)


def test_without_the_logs_key_nothing_is_told_and_nothing_forgotten(database, customer, keys, log_keys):
    customer()
    assert keys.names is None
    assert tell(database, keys) == 0
    assert tell(database, log_keys) == 1


def test_two_workers_at_once_tell_each_name_once(database, customer, log_keys):
    customer()
    customer(ERIK, "Erik Test Lindqvist")
    with database.transaction() as one:
        assert tell_names(one, log_keys) == 2
        assert tell(database, log_keys) == 0
    assert len(names(database)) == 2
