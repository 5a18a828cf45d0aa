from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import DomainError, InvalidTransition, catalogue
from chassis.ids import new_id
from invitations import domain
from invitations.domain import Acceptor, Act, Grant, Invitation, Member, Refusal, Role, Status

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
TODAY = date(2026, 11, 22)
AREAS = ("water", "electricity", "waste")


def sent(**changes) -> Invitation:
    made = Invitation.issue(
        now=NOW,
        id=new_id(),
        account_id=new_id(),
        inviter_id=new_id(),
        inviter_membership_id=new_id(),
        address_masked="k***@exempel.se",
        address_sealed=b"sealed",
        address_hash=b"hash",
        grant=Grant(),
        token_hash=b"t" * 32,
    )
    return replace(made, **changes)


def somebody() -> Acceptor:
    return Acceptor(person_id=new_id(), sealed_name=b"name", birth_year=1993)


def in_state(status: Status) -> Invitation:
    """An invitation in this stored state, by the moves that lead there."""
    accepted = sent().accept(somebody(), NOW)
    return {
        Status.SENT: sent,
        Status.ACCEPTED: lambda: accepted,
        Status.APPROVED: lambda: accepted.approve(new_id(), NOW),
        Status.GRANT_REFUSED: lambda: accepted.approve(new_id(), NOW).refuse(Refusal.NOT_HELD, NOW),
        Status.DENIED: lambda: accepted.deny(new_id(), NOW),
        Status.DECLINED: lambda: sent().decline(NOW),
        Status.EXPIRED: lambda: sent().lapse(NOW + 72 * HOUR),
        Status.APPROVAL_EXPIRED: lambda: accepted.lapse(NOW + domain.APPROVE_WITHIN),
        Status.REVOKED: lambda: sent().revoke(new_id(), NOW),
    }[status]()


ACTS = {
    Act.ACCEPT: lambda made: made.accept(somebody(), NOW),
    Act.DECLINE: lambda made: made.decline(NOW),
    Act.APPROVE: lambda made: made.approve(new_id(), NOW),
    Act.REFUSE: lambda made: made.refuse(Refusal.NOT_HELD, NOW),
    Act.DENY: lambda made: made.deny(new_id(), NOW),
    Act.REVOKE: lambda made: made.revoke(new_id(), NOW),
    Act.VOID: lambda made: made.void(NOW),
    Act.RENEW: lambda made: made.renew(b"n" * 32, NOW),
    Act.LAPSE: lambda made: made.lapse(NOW),
}


@pytest.mark.parametrize(("act", "status"), list(product(Act, Status)), ids=lambda value: value.value)
def test_every_act_in_every_state_moves_as_the_table_says_or_is_refused(act, status):
    before = in_state(status)
    if act is Act.LAPSE or (act, status) not in domain.MOVES:
        with pytest.raises(DomainError):
            ACTS[act](before)
        return
    after = ACTS[act](before)
    assert after.status is domain.MOVES[act, status]
    assert after.version == before.version + 1


def test_the_table_holds_exactly_the_moves_of_the_state_machine_6_1():
    arrows = {(before.value, after.value) for (_, before), after in domain.MOVES.items()}
    assert arrows == {
        ("sent", "accepted"),
        ("sent", "declined"),
        ("sent", "expired"),
        ("sent", "revoked"),
        ("sent", "sent"),
        ("expired", "sent"),
        ("approval-expired", "sent"),
        ("accepted", "approved"),
        ("approved", "grant-refused"),
        ("accepted", "denied"),
        ("accepted", "approval-expired"),
        ("accepted", "revoked"),
    }


@pytest.mark.parametrize(
    ("age", "status"),
    [(72 * HOUR - TICK, Status.SENT), (72 * HOUR, Status.EXPIRED), (72 * HOUR + TICK, Status.EXPIRED)],
)
def test_T47_D7_FC3_an_invitation_expires_exactly_72_hours_after_sending(age, status):
    assert sent().status_at(NOW + age) is status


@pytest.mark.parametrize("age", [72 * HOUR, 73 * HOUR, 1000 * HOUR])
def test_T47_after_72_hours_it_is_neither_accepted_nor_declined(age):
    with pytest.raises(domain.InvitationExpired):
        sent().accept(somebody(), NOW + age)
    with pytest.raises(domain.InvitationExpired):
        sent().decline(NOW + age)


def test_D3_the_approval_ends_exactly_30_days_after_the_acceptance():
    accepted = sent().accept(somebody(), NOW)
    assert accepted.approve(new_id(), NOW + timedelta(days=30) - TICK).status is Status.APPROVED
    for act in (accepted.approve, accepted.deny):
        with pytest.raises(domain.InvitationApprovalExpired):
            act(new_id(), NOW + timedelta(days=30))


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_D7_the_state_by_the_clock_depends_on_the_deadline_alone(age):
    assert (sent().status_at(NOW + age) is Status.EXPIRED) == (age >= 72 * HOUR)


def test_D7_a_renewal_counts_72_hours_anew_and_forgets_an_acceptance_that_ran_out():
    lapsed = in_state(Status.APPROVAL_EXPIRED)
    again = lapsed.renew(b"n" * 32, NOW + timedelta(days=31))
    assert again.status is Status.SENT
    assert again.expires_at == NOW + timedelta(days=31) + 72 * HOUR
    assert again.token_hash == b"n" * 32
    assert (again.acceptor, again.accepted_at, again.approve_before) == (None, None, None)


def test_D7_an_expired_row_whose_address_was_erased_cannot_be_renewed():
    with pytest.raises(domain.InvitationAddressForgotten):
        replace(in_state(Status.EXPIRED), address_sealed=None, address_hash=None).renew(b"n" * 32, NOW)


@pytest.mark.parametrize("status", Status)
def test_D5_C12_name_and_address_are_kept_only_where_they_are_needed(status):
    made = in_state(status)
    assert (made.address_sealed is not None) == (status in domain.OPEN | domain.RENEWABLE)
    has_name = made.acceptor is not None and made.acceptor.sealed_name is not None
    assert has_name == (status in domain.WITH_ACCEPTOR)


def test_D4_the_acceptor_neither_approves_nor_denies_himself():
    accepted = sent().accept(somebody(), NOW)
    for act in (accepted.approve, accepted.deny):
        with pytest.raises(domain.ApproverIsAcceptor):
            act(accepted.acceptor.person_id, NOW)


@pytest.mark.parametrize("status", Status)
def test_the_inviter_is_told_that_it_is_his_own_whatever_has_become_of_it(status):
    made = in_state(status)
    with pytest.raises(domain.InvitationOwn):
        made.check_link(made.inviter_id, NOW)


def test_B_24_each_end_of_a_link_is_told_apart():
    told_acceptor = {
        Status.ACCEPTED: domain.InvitationAlreadyUsed,
        Status.APPROVED: domain.InvitationAlreadyUsed,
        Status.DENIED: domain.InvitationDenied,
        Status.APPROVAL_EXPIRED: domain.InvitationApprovalExpired,
    }
    for status, error in told_acceptor.items():
        made = in_state(status)
        with pytest.raises(error):
            made.check_link(made.acceptor.person_id, NOW)
        with pytest.raises(domain.InvitationUsedByOther):
            made.check_link(new_id(), NOW)
        with pytest.raises(domain.InvitationAlreadyUsed):
            made.check_link(None, NOW)
    void = sent().accept(somebody(), NOW).void(NOW)
    with pytest.raises(domain.InvitationRevoked):
        void.check_link(void.acceptor.person_id, NOW)
    with pytest.raises(domain.InvitationUsedByOther):
        void.check_link(new_id(), NOW)
    for status, error in {
        Status.EXPIRED: domain.InvitationExpired,
        Status.DECLINED: domain.InvitationDeclined,
        Status.REVOKED: domain.InvitationRevoked,
    }.items():
        for person in (new_id(), None):
            with pytest.raises(error):
                in_state(status).check_link(person, NOW)


def test_B_24_the_codes_and_texts_of_a_links_ends_are_all_different():
    own = [cls for cls in catalogue() if cls.__module__ == "invitations.domain.errors"]
    assert len({cls.code for cls in own}) == len(own)
    assert len({cls.sv for cls in own}) == len({cls.en for cls in own}) == len(own)


def test_T48_who_comes_too_late_is_advised_to_ask_for_a_new_one():
    assert "skicka en ny inbjudan" in domain.InvitationExpired().text("sv")[1]


def test_time_that_has_not_run_out_is_not_written_down():
    with pytest.raises(InvalidTransition):
        sent().lapse(NOW + 72 * HOUR - TICK)


# -- rights --------------------------------------------------------------------------------------------------------

GRANTS = st.builds(
    Grant,
    read_only=st.booleans(),
    services=st.none() | st.frozensets(st.sampled_from(AREAS), min_size=1),
    ends_on=st.none() | st.dates(TODAY, TODAY + timedelta(days=5)),
)


def points(grant: Grant) -> set:
    """Everything that a grant allows, spelled out: verb, area, day."""
    days = [TODAY + timedelta(days=number) for number in range(7)]
    return {
        (verb, area, day)
        for verb, area, day in product(("read", "write"), (*AREAS, "broadband"), days)
        if (verb == "read" or not grant.read_only)
        and (grant.services is None or area in grant.services)
        and (grant.ends_on is None or day <= grant.ends_on)
    }


@given(GRANTS, GRANTS)
def test_D22_nobody_grants_more_than_he_holds(grant, held):
    assert grant.within(held) == (points(grant) <= points(held))


@given(GRANTS, GRANTS)
def test_D22_what_two_sources_give_is_what_both_give(one, other):
    assert points(one.both(other)) == points(one) & points(other)


def test_D22_an_access_that_would_have_ended_is_refused():
    domain.check_grant(Grant(ends_on=TODAY), Grant(), TODAY)
    with pytest.raises(domain.InvitationEndsInPast):
        domain.check_grant(Grant(ends_on=TODAY - timedelta(days=1)), Grant(), TODAY)


def test_D22_the_last_day_of_a_membership_is_a_whole_swedish_day():
    member = Member(
        membership_id=new_id(),
        account_id=new_id(),
        person_id=new_id(),
        role=Role.DELEGATE,
        held=Grant(ends_on=date(2026, 11, 22)),
    )
    last = datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC)
    assert member.may_invite(domain.local_date(last))
    assert not member.may_invite(domain.local_date(last + timedelta(seconds=1)))
    assert not replace(member, held=Grant(read_only=True)).may_invite(TODAY)
    assert not replace(member, removed=True).may_invite(TODAY)
