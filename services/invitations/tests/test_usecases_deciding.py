from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis.testing import told
from contracts.invitations import (
    InvitationApprovedV1,
    InvitationDeniedV1,
)
from invitations import domain


def test_T53_D22_FC11_FC12_an_approval_tells_org_registry_what_to_grant(world, database):
    owner = world.owner()
    narrowing = {"read_only": True, "services": frozenset({"water", "waste"}), "ends_on": world.day(9)}
    invitation_id, acceptor = world.accepted(owner, **narrowing)
    world.approve(owner, invitation_id)
    (event,) = told(database, InvitationApprovedV1)
    assert (event.read_only, event.services, event.ends_on) == (True, ("waste", "water"), world.day(9))
    assert (event.account_id, event.inviter_id) == (owner.account_id, owner.person_id)
    assert (event.approver_id, event.acceptor_id) == (owner.person_id, acceptor.person_id)


def test_D4_the_inviter_any_owner_and_any_signatory_approve_and_no_other_delegate(world):
    owner = world.owner()
    inviter, stranger = world.member(owner.account_id), world.member(owner.account_id)
    for number, approver in enumerate((inviter, owner, world.member(owner.account_id, "signatory"))):
        invitation_id, _ = world.accepted(inviter, f"a{number}@exempel.se")
        for act in (world.approve, world.deny):
            with pytest.raises(domain.InvitationNotFound):
                act(stranger, invitation_id)
        world.approve(approver, invitation_id)
        assert world.status(invitation_id) == "approved"


def test_D4_a_role_counts_only_if_token_and_copy_agree(world):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner)
    delegate = world.member(owner.account_id)
    claims_more = replace(delegate, role="owner")
    signatory = world.member(owner.account_id, "signatory")
    for who in (claims_more, replace(signatory, role="delegate")):
        with pytest.raises(domain.InvitationNotFound):
            world.approve(who, invitation_id)
    world.approve(signatory, invitation_id)


def test_D4_the_scope_is_checked_in_the_use_case_too(world):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner)
    with pytest.raises(domain.InvitationNotAllowed):
        world.approve(replace(owner, scopes=frozenset({"members:invite"})), invitation_id)


def test_D4_the_acceptor_does_not_approve_himself_even_if_he_became_a_signatory(world):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    signatory = replace(world.principal(owner.account_id, "signatory"), person_id=acceptor.person_id)
    world.grant(signatory)
    for act in (world.approve, world.deny):
        with pytest.raises(domain.ApproverIsAcceptor):
            act(signatory, invitation_id)


def test_an_acceptor_who_got_access_in_another_way_is_not_approved_but_can_be_denied(world):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    world.grant(replace(world.principal(owner.account_id), person_id=acceptor.person_id))
    with pytest.raises(domain.AcceptorIsMember):
        world.approve(owner, invitation_id)
    world.deny(owner, invitation_id)


def test_C6_D22_the_scope_granted_is_measured_when_it_is_approved(world):
    owner = world.owner()
    delegate = world.member(owner.account_id)
    invitation_id, _ = world.accepted(delegate)
    narrowed = replace(delegate, services=frozenset({"water"}))
    world.grant(narrowed, version=2)
    for who in (delegate, narrowed):
        with pytest.raises(domain.InvitationTooWide):
            world.approve(who, invitation_id)
    world.approve(owner, invitation_id)


def test_D22_an_access_that_would_have_ended_is_not_approved(world, database):
    owner = world.owner()
    invitation_id, _ = world.accepted(owner, ends_on=world.day(1))
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE invitation SET ends_on = ends_on - 2"))
    with pytest.raises(domain.InvitationEndsInPast):
        world.approve(owner, invitation_id)


@pytest.mark.parametrize("act", ["approve", "deny"])
def test_C14_it_is_decided_once(world, act, database):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    decide = getattr(world, act)
    with pytest.raises(domain.InvitationNotAccepted):
        decide(owner, invitation_id)
    world.accept(world.visitor(), token)
    decide(owner, invitation_id)
    for again in (world.approve, world.deny):
        with pytest.raises(domain.InvitationSettled):
            again(owner, invitation_id)
    assert len(told(database, InvitationApprovedV1) + told(database, InvitationDeniedV1)) == 1


def test_D3_after_30_days_nothing_is_approved_and_a_renewal_starts_over(world):
    owner = world.owner()
    invitation_id, acceptor = world.accepted(owner)
    world.later(days=30)
    assert world.show(owner, invitation_id).acceptor is None
    with pytest.raises(domain.InvitationApprovalExpired):
        world.approve(owner, invitation_id)
    token = world.renew(owner, invitation_id)
    world.accept(acceptor, token)
    world.approve(owner, invitation_id)
