"""A customer number that moves, and one that was linked wrongly: nobody sees another's data (K16)."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chassis.ids import new_id
from chassis.testing import empty
from chassis.transaction import Principal
from contracts.org_registry import AccountLinkedV1, AccountUnlinkedV1, MembershipRemovedV1, UnlinkReason
from org_registry.domain.register import Outcome
from org_registry.usecases.companies import OpenCompanyAccount, open_company_account

GRANBACKEN, OTHER, WITHOUT_ACCOUNT = "5520000018", "5520000026", "5520000034"


def open_company(world, vault, number=GRANBACKEN):
    """Its signatory, acting for it."""
    signatory = world.person()
    with world.database.transaction(principal=signatory) as tx:
        made = open_company_account(
            tx, OpenCompanyAccount(number=vault.protect(number), outcome=Outcome.OPENS, name=f"Bolag {number}")
        )
    return world.acting(signatory.person_id, made.account_id)


def staff():
    return Principal(person_id=new_id(), session_id=new_id(), staff=frozenset({"customer-service"}))


def moves(world):
    """What billing and metering are told of links, in the order of the versions."""
    rows = world.rows(
        "SELECT type, version, subject FROM outbox WHERE type LIKE '%account.%linked%' ORDER BY subject, version"
    )
    return [(row["subject"], row["version"], row["type"].split(".")[2]) for row in rows]


def account_of(world, customer="K-7"):
    [row] = world.rows("SELECT account_id FROM customer WHERE customer_number = :customer", customer=customer)
    return row["account_id"]


def test_a_number_that_moves_to_an_organisation_without_account_is_unlinked_at_once(world, vault):
    company = open_company(world, vault)
    world.deliver(world.organisation("K-7", GRANBACKEN), version=1)
    world.deliver(world.organisation("K-7", WITHOUT_ACCOUNT), version=2)
    [event] = world.told(AccountUnlinkedV1)
    assert (event.account_id, event.customer_number, event.reason) == (company.account_id, "K-7", UnlinkReason.MOVED)
    assert moves(world) == [("K-7", 1, "linked"), ("K-7", 2, "unlinked")]
    assert account_of(world) is None


def test_a_number_that_moves_to_an_organisation_with_account_goes_straight_there(world, vault):
    first, second = open_company(world, vault), open_company(world, vault, OTHER)
    world.deliver(world.organisation("K-7", GRANBACKEN), version=1)
    world.deliver(world.organisation("K-7", OTHER), version=2)
    assert [event.account_id for event in world.told(AccountLinkedV1)] == [first.account_id, second.account_id]
    assert moves(world) == [("K-7", 1, "linked"), ("K-7", 2, "linked")]
    assert not world.told(AccountUnlinkedV1)


def test_the_account_that_opens_later_gets_the_number_that_has_moved_to_it(world, vault):
    open_company(world, vault)
    world.deliver(world.organisation("K-7", GRANBACKEN), version=1)
    world.deliver(world.organisation("K-7", WITHOUT_ACCOUNT), version=2)
    later = open_company(world, vault, WITHOUT_ACCOUNT)
    assert account_of(world) == later.account_id
    assert [move[2] for move in moves(world)] == ["linked", "unlinked", "linked"]


@pytest.mark.slow
@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_moves_in_any_order_and_twice_give_the_same_end_state(world, vault, data):
    facts = [
        (world.organisation("K-7", GRANBACKEN), 1),
        (world.organisation("K-7", OTHER), 2),
        (world.organisation("K-7", WITHOUT_ACCOUNT), 3),
        (world.organisation("K-8", WITHOUT_ACCOUNT), 1),
        (world.organisation("K-8", GRANBACKEN), 2),
        (GRANBACKEN, None),
        (OTHER, None),
    ]
    copies = data.draw(st.lists(st.integers(0, 4), max_size=4), label="delivered again")
    order = data.draw(st.permutations([*range(len(facts)), *copies]), label="order")
    empty(world.database)
    for place in order:
        what, version = facts[place]
        if version is None:
            open_company(world, vault, what)
        else:
            world.deliver(what, version=version)
    names = {row["id"]: row["display_name"] for row in world.rows("SELECT id, display_name FROM account")}
    assert account_of(world, "K-7") is None
    assert names[account_of(world, "K-8")] == f"Bolag {GRANBACKEN}"
    # Whoever keeps the newest of the events knows the same.
    told = {customer: kind for customer, _, kind in moves(world)}
    assert told.get("K-7") in {None, "unlinked"}
    assert told["K-8"] == "linked"
    assert world.told(AccountLinkedV1)[-1].account_id in names


# --- K16: customer service


def correct(world, customer="K-7", who=None, reason="Fel nummer i kundregistret"):
    return world.client.as_(who or staff()).post(
        "/v1/staff/link-corrections", {"customer_number": customer, "reason": reason}
    )


def test_FK16_a_corrected_company_link_is_unlinked_and_stays_so_until_another_organisation_is_told(world, vault):
    company, right = open_company(world, vault), open_company(world, vault, OTHER)
    world.deliver(world.organisation("K-7", GRANBACKEN), version=1)
    who = staff()
    answer = correct(world, who=who)
    assert answer.status_code == 201, answer.json
    assert (answer.json["account_id"], answer.json["corrected_by"]) == (str(company.account_id), str(who.person_id))
    [event] = world.told(AccountUnlinkedV1)
    assert (event.account_id, event.reason) == (company.account_id, UnlinkReason.CORRECTED)
    world.deliver(world.organisation("K-7", GRANBACKEN), version=2)
    world.deliver(world.started("K-7"))
    assert account_of(world) is None
    world.deliver(world.organisation("K-7", OTHER), version=3)
    assert account_of(world) == right.account_id
    assert world.grant(company.person_id, company.account_id).status_code == 200


def test_FK16_a_corrected_person_is_out_with_whom_he_let_in_and_the_right_one_comes_in(world):
    wrong = world.private_account("K-7")
    delegate = world.let_in(wrong)
    assert correct(world).status_code == 201
    assert {event.person_id for event in world.told(MembershipRemovedV1)} == {wrong.person_id, delegate.person_id}
    assert world.grant(wrong.person_id, wrong.account_id).status_code == 404
    assert world.grant(delegate.person_id, wrong.account_id).status_code == 404
    assert account_of(world) is None
    assert world.accounts(world.acting_for_nothing(wrong.person_id))["status"] == "none"
    world.deliver(world.identified("K-7", wrong.person_id), version=2)
    assert account_of(world) is None
    right = new_id()
    world.deliver(world.identified("K-7", right), version=3)
    assert account_of(world) == wrong.account_id
    assert world.acting(right, wrong.account_id).role == "owner"
    assert world.grant(wrong.person_id, wrong.account_id).status_code == 404
    assert [move[2] for move in moves(world)] == ["linked", "unlinked", "linked"]


def test_FK16_a_correction_can_be_lifted_once_with_a_reason(world, vault):
    company = open_company(world, vault)
    world.deliver(world.organisation("K-7", GRANBACKEN))
    http = world.client.as_(staff())
    made = correct(world).json["id"]
    lifted = http.post(f"/v1/staff/link-corrections/{made}/lifts", {"reason": "Det var rätt från början"})
    assert lifted.status_code == 200, lifted.json
    assert lifted.json["lift_reason"] == "Det var rätt från början"
    assert account_of(world) == company.account_id
    again = http.post(f"/v1/staff/link-corrections/{made}/lifts", {"reason": "Igen"})
    assert (again.status_code, again.json["code"]) == (404, "link-correction-not-found")
    unknown = http.post(f"/v1/staff/link-corrections/{new_id()}/lifts", {"reason": "Igen"})
    assert unknown.status_code == 404
    assert correct(world).status_code == 201
    listed = http.get("/v1/staff/link-corrections").json
    assert listed["total"] == 2
    assert [item["lifted_at"] is None for item in listed["items"]] == [True, False]


def test_FK16_a_number_that_is_unknown_or_not_linked_cannot_be_corrected(world):
    world.deliver(world.organisation("K-7", GRANBACKEN))
    for customer in ("K-7", "K-404"):
        answer = correct(world, customer)
        assert (answer.status_code, answer.json["code"]) == (404, "customer-link-not-found")
    assert not world.rows("SELECT 1 FROM customer WHERE customer_number = 'K-404'")


@pytest.mark.parametrize("change", [{"reason": ""}, {"customer": ""}, {"customer": "K 7"}, {"reason": "a\nb"}])
def test_FK16_no_correction_without_a_number_and_a_reason(world, change):
    assert correct(world, **change).status_code == 422


def test_FK16_only_customer_service_corrects_and_sees_corrections(world):
    owner = world.private_account("K-7")
    for who in (owner, world.person()):
        assert correct(world, who=who).status_code == 403
        assert world.client.as_(who).get("/v1/staff/link-corrections").status_code == 403
    assert correct(world, who=Principal()).status_code == 401
    assert account_of(world) == owner.account_id


def test_FK16_two_corrections_at_once_unlink_once(world, vault):
    open_company(world, vault)
    world.deliver(world.organisation("K-7", GRANBACKEN))
    answers = world.together(*[lambda: correct(world)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404]
    assert len(world.told(AccountUnlinkedV1)) == 1
