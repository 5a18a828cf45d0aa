from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis.errors import Forbidden
from chassis.jobs import JobContext, run
from chassis.testing import principal, told
from contracts.invitations import (
    InvitationExpiredV1,
    InvitationRevokedV1,
)
from invitations import domain, usecases
from invitations.app import JOBS


@pytest.mark.parametrize("hours", [0, 71, 72, 1000])
def test_D7_FC7_one_click_renews_with_a_new_link_and_the_old_one_is_dead(world, hours):
    owner = world.owner()
    invitation_id, old = world.invite(owner, "Karin@exempel.se")
    world.later(hours=hours)
    world.sweep()
    new = world.renew(owner, invitation_id)
    assert [letter["email"] for letter in world.letters(invitation_id)] == ["Karin@exempel.se"] * 2
    for use in (world.look_up, world.decline, lambda token: world.accept(world.visitor(), token)):
        with pytest.raises(domain.InvitationReplaced):
            use(old)
    world.accept(world.visitor(), new)


def test_D7_a_renewal_after_the_deadline_and_before_the_job_works_and_is_not_undone_by_the_job(world, database):
    owner = world.owner()
    invitation_id, _ = world.invite(owner)
    world.later(hours=72)
    world.renew(owner, invitation_id)
    world.sweep()
    assert world.status(invitation_id) == "sent"
    assert told(database, InvitationExpiredV1) == []


def test_an_owner_renews_and_takes_back_what_a_delegate_sent_and_another_delegate_does_not(world):
    owner = world.owner()
    delegate, stranger = world.member(owner.account_id), world.member(owner.account_id)
    invitation_id, _ = world.invite(delegate)
    for act in (world.renew, world.revoke):
        with pytest.raises(domain.InvitationNotFound):
            act(stranger, invitation_id)
    world.renew(owner, invitation_id)
    assert world.show(owner, invitation_id).inviter_id == delegate.person_id
    world.revoke(owner, invitation_id)


def test_what_is_accepted_or_settled_is_not_renewed(world):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner)
    with pytest.raises(domain.InvitationAwaitsDecision):
        world.renew(owner, invitation_id)
    world.approve(owner, invitation_id)
    with pytest.raises(domain.InvitationSettled):
        world.renew(owner, invitation_id)


def test_D6_an_expired_invitation_of_somebody_who_is_gone_is_not_renewed(world):
    owner = world.owner()
    delegate = world.member(owner.account_id)
    invitation_id, _ = world.invite(delegate)
    world.later(hours=72)
    world.remove(delegate)
    world.sweep()
    with pytest.raises(domain.InviterLostAccess):
        world.renew(owner, invitation_id)


def test_D22_nobody_renews_more_than_he_holds_now(world):
    delegate = world.member(world.owner().account_id)
    invitation_id, _ = world.invite(delegate)
    with pytest.raises(domain.InvitationTooWide):
        world.renew(replace(delegate, services=frozenset({"water"})), invitation_id)


def test_a_renewal_beside_a_newer_open_invitation_is_refused(world):
    owner = world.owner()
    first, _ = world.invite(owner)
    world.later(hours=72)
    world.invite(owner)
    with pytest.raises(domain.InvitationAlreadyOpen):
        world.renew(owner, first)


def test_an_invitation_is_taken_back_and_its_link_is_dead(world, database):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    world.revoke(owner, invitation_id)
    (event,) = told(database, InvitationRevokedV1)
    assert (event.invitation_id, event.revoked_by) == (invitation_id, owner.person_id)
    with pytest.raises(domain.InvitationRevoked):
        world.accept(world.visitor(), token)
    with pytest.raises(domain.InvitationSettled):
        world.revoke(owner, invitation_id)
    world.invite(owner)


def test_too_late_to_take_back(world):
    owner = world.owner()
    accepted, _ = world.accepted(owner)
    with pytest.raises(domain.InvitationAwaitsDecision):
        world.revoke(owner, accepted)
    expired, _ = world.invite(owner, "b@exempel.se")
    world.later(hours=72)
    with pytest.raises(domain.InvitationNotOpen):
        world.revoke(owner, expired)


def test_T50_a_delegate_sees_his_own_and_owners_and_signatories_see_all(world, database):
    owner = world.owner()
    delegate, signatory = world.member(owner.account_id), world.member(owner.account_id, "signatory")
    first, _ = world.invite(owner, "a@exempel.se")
    second, _ = world.invite(delegate, "b@exempel.se")

    def listed(who):
        with database.read(principal=who) as tx:
            rows, total = usecases.list_invitations(tx, world.keys, limit=10, page=1)
        assert total == len(rows)
        return [row.id for row in rows]

    assert listed(owner) == listed(signatory) == [second, first]
    assert listed(delegate) == [second]
    assert listed(world.owner()) == []
    with pytest.raises(domain.InvitationNotFound):
        world.show(delegate, first)


def test_T49_D7_FC4_the_list_keeps_what_has_expired_and_shows_it_from_the_very_deadline(world):
    owner = world.owner()
    invitation_id, _ = world.invite(owner)
    world.later(hours=72)
    shown = world.show(owner, invitation_id)
    assert (shown.status, shown.may_renew, shown.may_revoke) == ("expired", True, False)


def test_who_may_only_read_is_offered_nothing_to_do(world):
    owner = world.owner()
    reader = replace(owner, scopes=frozenset({"members:read"}))
    invitation_id, _ = world.accepted(owner)
    shown = world.show(reader, invitation_id)
    assert (shown.may_renew, shown.may_revoke, shown.may_decide) == (False, False, False)


def test_nobody_reads_without_an_account(world, database):
    with database.read(principal=principal(account_id=None)) as tx, pytest.raises(Forbidden):
        usecases.list_invitations(tx, world.keys, limit=10, page=1)


def test_D7_the_job_writes_down_what_has_run_out_once_and_tells_the_deadline(world, database, settings):
    owner = world.owner()
    unanswered, _ = world.invite(owner, "a@exempel.se")
    accepted, _ = world.accepted(owner, "b@exempel.se")
    world.later(days=30)
    fresh, _ = world.invite(owner, "c@exempel.se")
    for _ in range(2):
        assert run(JOBS.get("expire-invitations"), JobContext(database, settings))
    assert [world.status(i) for i in (unanswered, accepted, fresh)] == ["expired", "approval-expired", "sent"]
    events = {event.invitation_id: event for event in told(database, InvitationExpiredV1)}
    assert len(told(database, InvitationExpiredV1)) == 2
    assert (events[unanswered].after_acceptance, events[accepted].after_acceptance) == (False, True)
    rows = {row["id"]: row for row in world.rows()}
    assert events[unanswered].expired_at == rows[unanswered]["expires_at"]
    assert events[accepted].expired_at == rows[accepted]["approve_before"]


@pytest.mark.parametrize(("shift", "count"), [("0", 1), ("-1 microsecond", 1), ("1 microsecond", 0)])
def test_D7_D3_the_job_goes_by_the_same_microsecond_as_everybody_else(world, database, shift, count):
    invitation_id, _ = world.invite(world.owner(), "a@exempel.se")
    accepted, _ = world.accepted(world.owner(), "b@exempel.se")
    for column, target in (("expires_at", invitation_id), ("approve_before", accepted)):
        with database.transaction() as tx:
            move = f"UPDATE invitation SET {column} = now() + CAST(:shift AS interval) WHERE id = :id"  # noqa: S608
            tx.session.execute(text(move), {"shift": shift, "id": target})
            assert usecases.expire_invitations(tx) == count
            tx.session.execute(text("DELETE FROM invitation WHERE id = :id"), {"id": target})


def test_the_job_takes_any_number_in_batches(world, database, settings, monkeypatch):
    monkeypatch.setattr(usecases.housekeeping, "BATCH", 2)
    for number in range(5):
        world.invite(world.owner(), f"a{number}@exempel.se")
    world.later(hours=73)
    run(JOBS.get("expire-invitations"), JobContext(database, settings))
    assert {row["status"] for row in world.rows()} == {"expired"}


def test_addresses_are_erased_90_days_after_the_last_mail_and_not_before(world, database, settings):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    world.later(days=89, hours=23)
    world.sweep()
    job = JOBS.get("forget-invited-addresses")
    run(job, JobContext(database, settings))
    assert world.show(owner, invitation_id).may_renew
    world.later(hours=1)
    run(job, JobContext(database, settings))
    (row,) = world.rows()
    assert (row["address_sealed"], row["address_hash"], world.rows("sending")) == (None, None, [])
    assert not world.show(owner, invitation_id).may_renew
    with pytest.raises(domain.InvitationAddressForgotten):
        world.renew(owner, invitation_id)
    with pytest.raises(domain.InvitationNotFound):
        world.look_up(token)
