"""Facts in any order, twice, late: the same end state."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chassis.ids import new_id
from chassis.testing import empty
from contracts.catalogue import consumed_by
from contracts.org_registry import (
    AccountLinkedV1,
    AccountOpenedV1,
    DelegationRefusedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
    RefusalReason,
    RemovalReason,
    Role,
)
from org_registry.domain.access import local_date
from org_registry.domain.register import Outcome
from org_registry.usecases.companies import OpenCompanyAccount, open_company_account

ALONE = "5520000018"


def open_company(world, vault, number=ALONE, who=None):
    who = who or world.person()
    with world.database.transaction(principal=who) as tx:
        return open_company_account(
            tx, OpenCompanyAccount(number=vault.protect(number), outcome=Outcome.OPENS, name="Granbackens Energi AB")
        )


def test_it_takes_what_the_catalogue_gives_it(world):
    assert {line.spec.type for line in world.subscriptions} == {spec.type for spec in consumed_by("org-registry")}


def test_T6_FB1_the_account_opens_when_person_and_agreement_are_known(world):
    person = new_id()
    world.deliver(world.identified("K-1", person))
    assert not world.rows("SELECT 1 FROM account")
    world.deliver(world.started("K-1"))
    [opened] = world.told(AccountOpenedV1)
    [linked] = world.told(AccountLinkedV1)
    [granted] = world.told(MembershipGrantedV1)
    assert (opened.kind, opened.display_name) == ("private", "Privatkonto K-1")
    assert (linked.account_id, linked.customer_number) == (opened.account_id, "K-1")
    assert (granted.account_id, granted.person_id, granted.role) == (opened.account_id, person, Role.OWNER)
    assert (granted.read_only, granted.services, granted.ends_on, granted.granted_by) == (False, (), None, None)


def test_T6_a_person_with_two_customer_numbers_has_two_accounts_and_one_number_only_one(world):
    person = new_id()
    world.private_account("K-1", person)
    world.private_account("K-2", person)
    world.deliver(world.started("K-2", "A-9"))
    assert len(world.rows("SELECT 1 FROM account")) == 2
    assert len(world.told(AccountOpenedV1)) == len(world.told(AccountLinkedV1)) == 2


def test_an_end_before_its_start_opens_nothing_by_itself(world):
    world.deliver(world.identified("K-1", new_id()))
    world.deliver(world.ended("K-1", date(2026, 1, 31)), version=2)
    assert not world.rows("SELECT 1 FROM account")
    world.deliver(world.started("K-1"), version=1)
    [agreement] = world.rows("SELECT * FROM agreement")
    assert agreement["ends_on"] == date(2026, 1, 31)
    assert len(world.told(AccountOpenedV1)) == 1


def test_a_late_older_version_changes_nothing(world):
    right, wrong = new_id(), new_id()
    world.deliver(world.identified("K-1", right), version=2)
    world.deliver(world.identified("K-1", wrong), version=1)
    assert world.rows("SELECT person_id FROM customer") == [{"person_id": right}]
    world.deliver(world.ended("K-1", date(2026, 3, 31)), version=3)
    world.deliver(world.ended("K-1", date(2026, 1, 31)), version=2)
    assert world.rows("SELECT ends_on FROM agreement") == [{"ends_on": date(2026, 3, 31)}]


def test_a_corrected_person_takes_over_alone(world):
    owner = world.private_account()
    delegate = world.let_in(owner)
    right = new_id()
    world.deliver(world.identified("K-1", right), version=2)
    assert world.rows("SELECT person_id, role FROM membership WHERE removed_at IS NULL") == [
        {"person_id": right, "role": "owner"}
    ]
    removed = {event.person_id: event for event in world.told(MembershipRemovedV1)}
    assert set(removed) == {owner.person_id, delegate.person_id}
    assert world.grant(owner.person_id, owner.account_id).status_code == 404
    assert world.grant(delegate.person_id, owner.account_id).status_code == 404
    assert len(world.told(AccountOpenedV1)) == 1


@pytest.mark.parametrize("account_first", [True, False])
def test_a_company_account_is_linked_to_its_customer_numbers_when_both_are_known(world, vault, account_first):
    steps = [
        lambda: open_company(world, vault),
        lambda: world.deliver(world.organisation("K-7", ALONE)),
        lambda: world.deliver(world.organisation("K-8", ALONE)),
    ]
    for step in steps if account_first else reversed(steps):
        step()
    [account] = world.rows("SELECT id FROM account")
    linked = world.told(AccountLinkedV1)
    assert {(event.customer_number, event.account_id) for event in linked} == {
        ("K-7", account["id"]),
        ("K-8", account["id"]),
    }
    assert len(linked) == 2


def test_C30_T21_an_organisation_that_is_a_customer_has_no_account_before_its_signatory_makes_one(world):
    world.deliver(world.organisation("K-7", ALONE))
    world.deliver(world.started("K-7"))
    assert not world.rows("SELECT 1 FROM account")
    assert not world.told(AccountLinkedV1)


def test_D23_organisation_numbers_stand_in_no_table_and_no_event(world, vault):
    open_company(world, vault)
    world.deliver(world.organisation("K-7", ALONE))
    everything = ""
    for table in world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        whole = f'SELECT t::text AS line, * FROM "{table["tablename"]}" AS t'  # noqa: S608 - names from the catalogue
        for row in world.rows(whole):
            everything += row["line"] + "".join(
                bytes(value).decode("latin-1") for value in row.values() if isinstance(value, bytes | memoryview)
            )
    assert "K-7" in everything
    assert ALONE not in everything
    assert ALONE.encode().hex() not in everything


# --- invitations.invitation.approved


def test_T53_an_approved_person_gets_what_was_granted(world):
    owner = world.private_account()
    invitation, newcomer = new_id(), new_id()
    until = local_date(world.rows("SELECT now() AS now")[0]["now"]) + timedelta(days=30)
    world.deliver(
        world.approved(
            owner, newcomer, invitation_id=invitation, read_only=True, services=("waste", "water"), ends_on=until
        )
    )
    granted = world.told(MembershipGrantedV1)[-1]
    assert (granted.person_id, granted.role, granted.invitation_id) == (newcomer, Role.DELEGATE, invitation)
    assert (granted.read_only, granted.services, granted.ends_on) == (True, ("waste", "water"), until)
    assert granted.granted_by == owner.person_id
    now = world.acting(newcomer, owner.account_id)
    assert now.read_only
    assert now.services == {"waste", "water"}
    assert now.scopes == {scope for scope in owner.scopes if scope.endswith(":read")}


def test_an_approval_twice_grants_once_and_a_late_copy_does_not_undo_a_removal(world):
    owner = world.private_account()
    event = world.approved(owner, new_id())
    world.deliver(event)
    world.deliver(event)
    delegate = world.acting(event.acceptor_id, owner.account_id)
    assert world.remove(owner, delegate).status_code == 204
    world.deliver(event)
    assert len(world.told(MembershipGrantedV1)) == 2
    assert world.grant(delegate.person_id, owner.account_id).status_code == 404


def test_FC15_an_approval_of_a_member_changes_nothing_and_is_refused(world):
    owner = world.private_account()
    delegate = world.let_in(owner, read_only=True)
    refused(world, world.approved(owner, delegate.person_id), RefusalReason.ALREADY_MEMBER)
    assert world.acting(delegate.person_id, owner.account_id).read_only


def test_C7_what_was_refused_once_is_not_given_later(world):
    owner = world.private_account()
    inviter = world.let_in(owner)
    event = world.approved(inviter, new_id(), approver=owner)
    assert world.remove(owner, inviter).status_code == 204
    refused(world, event, RefusalReason.NOT_HELD)
    world.deliver(world.approved(owner, inviter.person_id))
    world.deliver(event)
    assert world.grant(event.acceptor_id, owner.account_id).status_code == 404


def test_D6_the_end_of_an_inviter_tells_how_many_he_has_let_in_and_they_stay(world):
    owner = world.private_account()
    inviter = world.let_in(owner)
    child, gone = world.let_in(inviter), world.let_in(inviter)
    grandchild = world.let_in(child)
    assert world.remove(owner, gone).status_code == 204
    assert world.remove(owner, inviter).status_code == 204
    told = {event.person_id: event.let_in for event in world.told(MembershipRemovedV1)}
    assert told == {gone.person_id: 0, inviter.person_id: 2}
    for who in (child, grandchild):
        assert world.grant(who.person_id, owner.account_id).status_code == 200


def test_a_member_whose_end_date_has_passed_may_come_back(world):
    owner = world.private_account()
    before = world.let_in(owner)
    world.change("UPDATE membership SET ends_on = current_date - 3 WHERE id = :id", id=before.membership_id)
    world.deliver(world.approved(owner, before.person_id))
    assert world.acting(before.person_id, owner.account_id).membership_id != before.membership_id
    assert [event.reason for event in world.told(MembershipRemovedV1)] == [RemovalReason.EXPIRED]


def refused(world, event, why):
    """It gives nothing, invitations is told so once, and a late copy gives nothing either."""
    before = world.rows("SELECT id FROM membership ORDER BY id")
    for _ in range(2):
        world.deliver(event)
    assert world.rows("SELECT id FROM membership ORDER BY id") == before
    [answer] = [told for told in world.told(DelegationRefusedV1) if told.invitation_id == event.invitation_id]
    assert (answer.account_id, answer.acceptor_id, answer.reason) == (event.account_id, event.acceptor_id, why)


def test_C7_an_approver_who_has_lost_access_grants_nothing(world):
    owner = world.private_account()
    inviter = world.let_in(owner)
    event = world.approved(inviter, new_id())
    assert world.remove(owner, inviter).status_code == 204
    refused(world, event, RefusalReason.NOT_HELD)


def test_D6_what_a_removed_inviter_began_is_void_even_where_the_owner_approved_it(world):
    owner = world.private_account()
    inviter = world.let_in(owner)
    event = world.approved(inviter, new_id(), approver=owner)
    assert world.remove(owner, inviter).status_code == 204
    refused(world, event, RefusalReason.NOT_HELD)


def test_C6_invitations_into_a_foreign_or_unknown_account_grant_nothing(world):
    owner, stranger = world.private_account("K-1"), world.private_account("K-2")
    refused(world, world.approved(stranger, new_id(), account_id=owner.account_id), RefusalReason.NOT_HELD)
    refused(world, world.approved(stranger, new_id(), account_id=new_id()), RefusalReason.NOT_HELD)


def test_D4_another_delegate_cannot_approve(world):
    owner = world.private_account()
    inviter, other = world.let_in(owner), world.let_in(owner)
    refused(world, world.approved(inviter, new_id(), approver=other), RefusalReason.NOT_HELD)


def test_D22_a_narrowed_delegate_grants_no_more_than_he_holds(world):
    owner = world.private_account()
    narrow = world.let_in(owner, services=("water",))
    refused(world, world.approved(narrow, new_id()), RefusalReason.TOO_WIDE)
    refused(world, world.approved(narrow, new_id(), services=("water", "waste")), RefusalReason.TOO_WIDE)
    assert world.let_in(narrow, services=("water",)).services == {"water"}


def test_D22_what_is_over_already_is_not_granted(world):
    owner = world.private_account()
    refused(world, world.approved(owner, new_id(), ends_on=date(2020, 1, 1)), RefusalReason.ENDED)


@pytest.mark.slow
def test_C7_C48_removal_and_approval_at_once_give_one_legal_history(world):
    owner = world.private_account()
    for _ in range(100):
        inviter = world.let_in(owner)
        event = world.approved(inviter, new_id())
        removal, approval = world.together(
            lambda inviter=inviter: world.remove(owner, inviter), lambda event=event: world.deliver(event)
        )
        assert removal.status_code == 204
        assert approval is None
        got_in = world.grant(event.acceptor_id, owner.account_id).status_code == 200
        answers = [told for told in world.told(DelegationRefusedV1) if told.invitation_id == event.invitation_id]
        assert [answer.reason for answer in answers] == ([] if got_in else [RefusalReason.NOT_HELD])
        if got_in:
            # The grant was told before the removal: under the account's lock, in this order.
            order = world.rows(
                "SELECT type FROM outbox WHERE subject = ANY(:ids) AND (type LIKE '%granted%' OR type LIKE '%removed%')"
                " AND subject <> :inviter OR (subject = :inviter AND type LIKE '%removed%') ORDER BY seq",
                ids=[
                    str(row["id"])
                    for row in world.rows(
                        "SELECT id FROM membership WHERE person_id = :person", person=event.acceptor_id
                    )
                ],
                inviter=str(inviter.membership_id),
            )
            assert [row["type"].split(".")[2] for row in order] == ["granted", "removed"]


def test_person_and_agreement_at_the_same_moment_open_one_account(world):
    for number in range(10):
        customer, person = f"K-{number}", new_id()
        results = world.together(
            lambda customer=customer, person=person: world.deliver(world.identified(customer, person)),
            lambda customer=customer: world.deliver(world.started(customer, f"A-{customer}")),
            lambda customer=customer: world.deliver(world.started(customer, f"B-{customer}")),
        )
        assert results == [None, None, None]
        [account] = world.rows("SELECT id FROM account WHERE customer_number = :customer", customer=customer)
        assert world.grant(person, account["id"]).status_code == 200
    assert len(world.told(AccountOpenedV1)) == 10


def test_company_account_and_organisation_at_the_same_moment_are_linked(world, vault):
    for number in ("5520000018", "5520000026", "5520000034", "5520000042", "5520000059"):
        customer = f"K-{number[-4:]}"
        results = world.together(
            lambda number=number: open_company(world, vault, number),
            lambda number=number, customer=customer: world.deliver(world.organisation(customer, number)),
            lambda customer=customer: world.deliver(world.started(customer, f"A-{customer}")),
        )
        assert not [result for result in results if isinstance(result, Exception)]
    assert len(world.told(AccountLinkedV1)) == 5
    assert not world.rows("SELECT 1 FROM customer WHERE account_id IS NULL")


# --- every order

P1, P2, P3 = new_id(), new_id(), new_id()


def story(world):
    """Facts with their versions; two customers of one organisation, a corrected person, a sole trader."""
    return [
        (world.identified("K-1", P1), 1),
        (world.identified("K-1", P2), 2),
        (world.started("K-1", "A-1"), 1),
        (world.ended("K-1", date(2026, 6, 30), "A-1"), 2),
        (world.started("K-2", "A-2"), 1),
        (world.organisation("K-2", ALONE), 1),
        (world.organisation("K-3", ALONE), 1),
        (world.identified("K-3", P3), 1),
        (world.started("K-3", "A-3"), 1),
    ]


def end_state(world):
    return {
        "accounts": world.rows("SELECT kind, display_name, status, customer_number FROM account ORDER BY 1, 2"),
        "members": world.rows(
            "SELECT a.display_name, m.person_id, m.role FROM membership m JOIN account a ON a.id = m.account_id"
            " WHERE m.removed_at IS NULL ORDER BY 1, 2"
        ),
        "links": world.rows(
            "SELECT c.customer_number, c.person_id, a.display_name FROM customer c"
            " LEFT JOIN account a ON a.id = c.account_id ORDER BY 1"
        ),
        "agreements": world.rows(
            "SELECT agreement_number, customer_number, starts_on, ends_on FROM agreement ORDER BY 1, 2"
        ),
        "last told": sorted({event.customer_number: names(world)[event.account_id] for event in linked(world)}.items()),
    }


def linked(world):
    return world.told(AccountLinkedV1)


def names(world):
    return {row["id"]: row["display_name"] for row in world.rows("SELECT id, display_name FROM account")}


@pytest.mark.slow
@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_events_in_any_order_and_twice_give_the_same_end_state(world, vault, data):
    signatory = world.person()
    facts = [*story(world), None]
    copies = data.draw(st.lists(st.sampled_from(range(len(facts))), max_size=4), label="delivered again")
    order = data.draw(st.permutations([*range(len(facts)), *copies]), label="order")

    def tell(place):
        if facts[place] is None:
            open_company(world, vault, ALONE, signatory)
        else:
            world.deliver(facts[place][0], version=facts[place][1])

    empty(world.database)
    for place in range(len(facts)):
        tell(place)
    expected = end_state(world)
    assert len(expected["accounts"]) == 3
    assert len(expected["members"]) == 3
    empty(world.database)
    for place in order:
        tell(place)
    assert end_state(world) == expected
