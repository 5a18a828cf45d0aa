"""Who is told what, and that each is told once, in whatever order and however often the events come."""

from datetime import timedelta

import pytest

from chassis.ids import new_id, utcnow
from chassis.jobs import JobContext
from contracts.catalogue import consumed_by
from contracts.identity import LoginNewDeviceV1, SignatureCompletedV1, SignatureFailedV1, SignatureFailure
from contracts.invitations import (
    InvitationDeclinedV1,
    InvitationDeniedV1,
    InvitationExpiredV1,
    InvitationRevokedV1,
)
from contracts.org_registry import SupportViewOpenedV1
from notify.app import _take_up
from notify.consumers import SUBSCRIPTIONS


def test_every_event_that_the_catalogue_gives_to_notify_is_handled():
    assert {subscription.spec.type for subscription in SUBSCRIPTIONS} == {s.type for s in consumed_by("notify")}


def test_D26_an_event_that_comes_twice_tells_once(kit):
    person, event_id = kit.contact(), new_id()
    kit.registered(person, event_id=event_id)
    kit.registered(person, event_id=event_id)
    assert kit.notices() == [("registration-welcome", person, "addressed")]


def test_D26_a_redelivery_that_the_inbox_has_forgotten_still_tells_once(kit):
    """Business key: event id, recipient and template; the second wall behind the inbox."""
    person = kit.contact()
    event_id = kit.registered(person)
    kit.execute("DELETE FROM inbox")
    kit.registered(person, event_id=event_id)
    assert kit.notices() == [("registration-welcome", person, "addressed")]
    assert len(kit.rows("SELECT id FROM delivery")) == 1


def test_T14_a_newly_registered_person_is_welcomed(kit):
    person = kit.contact()
    kit.registered(person)
    assert kit.told() == {("registration-welcome", person)}


def test_a_login_in_a_new_browser_is_told_to_the_person_whatever_he_has_switched_off(kit):
    person = kit.contact()
    kit.choose(person, "access", email=False, sms=False)
    kit.deliver(LoginNewDeviceV1(login_id=new_id(), person_id=person, browser=None, system=None, logged_in_at=utcnow()))
    assert kit.notices() == [("login-new-device", person, "addressed")]
    assert kit.states() == {"email": ("queued", "")}


def signature(kind, person, **changes):
    values = {
        "sign_order_id": new_id(),
        "requested_by": "cases",
        "subject_id": new_id(),
        "person_id": person,
        "purpose": "case-submission",
    }
    return kind(**(values | changes))


def test_D26_a_signature_is_told_to_whom_it_binds(kit):
    person = kit.contact()
    kit.deliver(signature(SignatureCompletedV1, person, document_sha256="ab" * 32, signed_at=utcnow()))
    assert kit.notices() == [("signature-made", person, "addressed")]


@pytest.mark.parametrize(
    ("reason", "template"),
    [
        (SignatureFailure.EXPIRED, "signature-expired"),
        (SignatureFailure.OTHER_PERSON, "signature-stopped"),
        (SignatureFailure.RISK_HIGH, "signature-stopped"),
        (SignatureFailure.PROOF_REFUSED, "signature-stopped"),
        (SignatureFailure.CANCELLED, None),
        (SignatureFailure.WITHDRAWN, None),
    ],
    ids=str,
)
def test_D26_a_signature_that_failed_is_told_unless_the_person_ended_it(kit, reason, template):
    person = kit.contact()
    kit.deliver(signature(SignatureFailedV1, person, reason=reason, failed_at=utcnow()))
    assert kit.notices() == ([(template, person, "addressed")] if template else [])


def test_what_is_told_before_there_is_an_address_waits_and_goes_out_with_it(kit):
    person = new_id()
    kit.registered(person)
    assert kit.notices() == [("registration-welcome", person, "waiting-for-recipient")]
    kit.contact(person)
    assert kit.notices() == [("registration-welcome", person, "addressed")]
    assert kit.states() == {"email": ("queued", "")}


def test_a_contact_without_addresses_lets_it_wait_on(kit):
    person = new_id()
    kit.registered(person)
    kit.contact(person, email=None)
    assert kit.notices()[0][2] == "waiting-for-recipient"


def test_an_older_contact_that_comes_late_changes_nothing(kit):
    person = kit.contact(phone="+46701740605", version=5)
    kit.contact(person, email=None, version=4)
    (row,) = kit.rows("SELECT has_email, has_phone, version FROM contact")
    assert (row.has_email, row.has_phone, row.version) == (True, True, 5)


def test_a_notice_for_an_account_without_people_waits_for_the_first_and_is_told_once(kit):
    account, first, second = new_id(), kit.contact(), kit.contact()
    kit.invoice(account)
    assert kit.notices() == [("invoice-available", None, "waiting-for-recipient")]
    kit.granted(account, first)
    kit.granted(account, second, role="signatory")
    told = [notice for notice in kit.notices() if notice[0] == "invoice-available"]
    assert sorted(told, key=str) == sorted(
        [("invoice-available", None, "addressed"), ("invoice-available", first, "addressed")], key=str
    )


def test_a_notice_waits_for_people_and_then_for_their_address(kit):
    account, person = new_id(), new_id()
    kit.invoice(account)
    kit.granted(account, person)
    assert ("invoice-available", person, "waiting-for-recipient") in kit.notices()
    kit.contact(person)
    assert ("invoice-available", person, "addressed") in kit.notices()


@pytest.mark.parametrize(("days", "state"), [(6.99, "waiting-for-recipient"), (7, "abandoned")])
def test_a_notice_waits_at_most_seven_days(kit, database, settings, days, state):
    kit.registered(new_id())
    kit.age(days=days)
    _take_up(JobContext(database, settings))
    assert kit.notices()[0][2] == state


def test_what_two_consumers_at_once_have_left_waiting_is_taken_up_by_the_job(kit, database, settings):
    account, person = new_id(), kit.contact()
    kit.invoice(account)
    kit.registered(person)
    # As if the membership and the notice had been committed without seeing each other.
    kit.execute(
        "INSERT INTO membership (membership_id, account_id, person_id, role, services, active)"
        " VALUES (gen_random_uuid(), :account, :person, 'owner', '{}', true)",
        account=account,
        person=person,
    )
    kit.execute("UPDATE notification SET state = 'waiting-for-recipient'")
    kit.execute("DELETE FROM delivery")
    _take_up(JobContext(database, settings))
    assert {(n[0], n[1]): n[2] for n in kit.notices()} == {
        ("invoice-available", None): "addressed",
        ("invoice-available", person): "addressed",
        ("registration-welcome", person): "addressed",
    }


def test_everybody_who_acts_for_the_account_is_told_of_an_invoice_and_nobody_else(kit):
    account, owner, delegate, stranger = new_id(), kit.contact(), kit.contact(), kit.contact()
    kit.granted(account, owner)
    kit.granted(account, delegate, role="delegate", by=owner, invitation_id=new_id())
    kit.granted(new_id(), stranger)
    kit.invoice(account)
    assert {person for template, person in kit.told() if template == "invoice-available"} == {owner, delegate}


def test_D22_a_membership_narrowed_to_other_services_is_not_told_of_water(kit):
    account, owner, narrowed, water = new_id(), kit.contact(), kit.contact(), kit.contact()
    kit.granted(account, owner)
    kit.granted(account, narrowed, role="delegate", services=("electricity",), by=owner)
    kit.granted(account, water, role="delegate", services=("electricity", "water"), by=owner)
    kit.needs_check(account)
    assert {person for template, person in kit.told() if template == "reading-check"} == {owner, water}


def test_D22_a_membership_past_its_last_day_is_told_nothing(kit):
    account, owner, past = new_id(), kit.contact(), kit.contact()
    kit.granted(account, owner)
    kit.granted(account, past, role="delegate", by=owner, ends_on=utcnow().date() - timedelta(days=2))
    kit.invoice(account)
    assert {person for template, person in kit.told() if template == "invoice-available"} == {owner}


def test_a_removal_that_comes_before_its_grant_leaves_nobody_with_access(kit):
    account, person, membership = new_id(), kit.contact(), new_id()
    kit.removed(account, person, membership, version=2)
    kit.granted(account, person, membership_id=membership, role="delegate", version=1, invitation_id=new_id())
    kit.invoice(account)
    assert kit.told() == {("membership-removed", person), ("invoice-available", None)}


def test_T46_an_invitation_is_mailed_to_the_invited_address_only(kit):
    kit.invited()
    assert kit.notices() == [("invitation", None, "addressed")]
    assert kit.states() == {"email": ("queued", "")}


def test_T51_the_inviter_is_asked_to_approve(kit):
    inviter, acceptor = kit.contact(), kit.contact()
    invitation = kit.invited(inviter_id=inviter)
    kit.accepted(invitation, inviter_id=inviter, acceptor_id=acceptor)
    assert ("invitation-accepted", inviter) in kit.told()
    assert acceptor not in {person for _, person in kit.told()}


def test_T53_the_newcomer_is_told_and_the_approver_is_not(kit):
    account, owner, newcomer, invitation = new_id(), kit.contact(), kit.contact(), kit.invited()
    kit.granted(account, owner)
    kit.granted(account, newcomer, role="delegate", by=owner, invitation_id=invitation)
    assert {t for t, person in kit.told() if person == newcomer} == {"membership-granted"}
    assert {t for t, person in kit.told() if person == owner} == set()


def test_B_07_the_owner_is_told_when_somebody_else_lets_a_person_in(kit):
    account, owner, delegate, newcomer = new_id(), kit.contact(), kit.contact(), kit.contact()
    kit.granted(account, owner)
    kit.granted(account, delegate, role="delegate", by=owner, invitation_id=new_id())
    kit.granted(account, newcomer, role="delegate", by=delegate, invitation_id=new_id())
    assert [n for n in kit.notices() if n[0] == "access-given"] == [("access-given", owner, "addressed")]


def test_a_change_of_a_membership_in_force_tells_nobody(kit):
    account, person, membership, invitation = new_id(), kit.contact(), new_id(), new_id()
    kit.granted(account, person, role="delegate", membership_id=membership, invitation_id=invitation)
    before = kit.notices()
    kit.granted(account, person, role="signatory", membership_id=membership, invitation_id=invitation)
    assert kit.notices() == before


def test_B_07_FC17_both_sides_are_told_of_a_removal(kit):
    account, owner, delegate, removed, membership = new_id(), kit.contact(), kit.contact(), kit.contact(), new_id()
    kit.granted(account, owner)
    kit.granted(account, delegate, role="delegate", by=owner, invitation_id=new_id())
    kit.granted(account, removed, role="delegate", by=delegate, membership_id=membership, invitation_id=new_id())
    kit.removed(account, removed, membership, by=owner)
    last = {(t, person) for t, person in kit.told() if t in {"membership-removed", "access-removed"}}
    assert last == {("membership-removed", removed), ("access-removed", owner), ("access-removed", delegate)}


def test_a_removal_told_again_with_a_new_event_is_no_news(kit):
    account, person, membership = new_id(), kit.contact(), new_id()
    kit.granted(account, person, role="delegate", membership_id=membership)
    kit.removed(account, person, membership)
    kit.removed(account, person, membership)
    assert [n[0] for n in kit.notices()].count("membership-removed") == 1


@pytest.mark.parametrize("grant_first", [True, False])
def test_T40_who_starts_a_company_account_is_told_once_that_it_is_ready(kit, grant_first):
    account, signatory = new_id(), kit.contact()
    if grant_first:
        kit.granted(account, signatory, role="signatory")
        kit.opened(account)
    else:
        kit.opened(account)
        kit.granted(account, signatory, role="signatory")
    ready = [n for n in kit.notices() if n[0] == "account-ready" and n[1] is not None]
    assert ready == [("account-ready", signatory, "addressed")]


def test_D9_a_further_signatory_is_told_too_and_the_first_not_again(kit):
    account, first, second = new_id(), kit.contact(), kit.contact()
    kit.opened(account)
    kit.granted(account, first, role="signatory")
    kit.granted(account, second, role="signatory")
    assert sorted((n[0], str(n[1])) for n in kit.notices() if n[1] is not None) == sorted(
        [("account-ready", str(first)), ("account-ready", str(second)), ("access-given", str(first))]
    )


def test_a_private_account_needs_no_mail_of_its_own(kit):
    account, owner = new_id(), kit.contact()
    kit.opened(account, kind="private")
    kit.granted(account, owner)
    assert kit.notices() == []


def _ending(kind, invitation_id, account, inviter, acceptor):
    now, ids = utcnow(), {"invitation_id": invitation_id, "account_id": account}
    match kind:
        case "declined":
            return InvitationDeclinedV1(**ids, inviter_id=inviter, declined_at=now)
        case "denied":
            return InvitationDeniedV1(**ids, acceptor_id=acceptor, denied_by=inviter, denied_at=now)
        case "expired" | "lapsed":
            return InvitationExpiredV1(**ids, inviter_id=inviter, expired_at=now, after_acceptance=kind == "lapsed")
        case "revoked":
            return InvitationRevokedV1(**ids, revoked_by=inviter, revoked_at=now)
        case _:
            return InvitationRevokedV1(**ids, revoked_by=None, revoked_at=now)


@pytest.mark.parametrize(
    ("kind", "to_inviter", "to_acceptor"),
    [
        ("declined", "invitation-declined", None),
        ("denied", None, "invitation-denied"),
        ("expired", "invitation-expired", None),
        ("lapsed", "approval-expired", "approval-lapsed"),
        ("revoked", None, "invitation-revoked"),
        ("revoked-by-the-system", "invitation-withdrawn", "invitation-revoked"),
    ],
)
def test_B_07_the_end_of_an_invitation_is_told_to_those_it_concerns(kit, kind, to_inviter, to_acceptor):
    account, inviter, acceptor = new_id(), kit.contact(), kit.contact()
    invitation = kit.invited(inviter_id=inviter, account_id=account)
    if kind not in {"declined", "expired"}:
        kit.accepted(invitation, inviter_id=inviter, acceptor_id=acceptor, account_id=account)
    kit.deliver(_ending(kind, invitation, account, inviter, acceptor), subject=invitation)
    told = kit.told() - {("invitation", None), ("invitation-accepted", inviter)}
    assert told == {(t, p) for t, p in ((to_inviter, inviter), (to_acceptor, acceptor)) if t}


def test_a_revoked_invitation_that_nobody_accepted_is_told_to_the_invited_address(kit):
    inviter, account = kit.contact(), new_id()
    invitation = kit.invited(inviter_id=inviter, account_id=account)
    kit.deliver(_ending("revoked", invitation, account, inviter, None), subject=invitation)
    assert ("invitation-revoked", None, "addressed") in kit.notices()


def test_D7_a_link_that_is_dead_before_its_mail_went_out_is_not_mailed(kit):
    inviter, account = kit.contact(), new_id()
    invitation = kit.invited(inviter_id=inviter, account_id=account)
    kit.deliver(_ending("expired", invitation, account, inviter, None), subject=invitation)
    assert kit.states("invitation") == {"email": ("suppressed", "superseded")}


def test_D7_a_renewal_leaves_one_mail_to_be_sent_with_the_new_link(kit):
    invitation = kit.invited()
    kit.invited(invitation_id=invitation)
    rows = kit.rows("SELECT state, reason FROM delivery ORDER BY created_at")
    assert [(row.state, row.reason) for row in rows] == [("suppressed", "superseded"), ("queued", "")]


def test_an_invitation_overtaken_by_its_end_is_not_mailed_at_all(kit):
    inviter, account, invitation = kit.contact(), new_id(), new_id()
    kit.deliver(_ending("expired", invitation, account, inviter, None), subject=invitation, version=2)
    kit.invited(invitation_id=invitation, inviter_id=inviter, version=1)
    assert kit.told() == {("invitation-expired", inviter)}


def test_T53_an_invitation_that_comes_last_lets_the_newcomer_be_told_at_the_invited_address(kit):
    account, newcomer, invitation = new_id(), new_id(), new_id()
    kit.granted(account, newcomer, role="delegate", invitation_id=invitation)
    assert kit.notices() == [("membership-granted", newcomer, "waiting-for-recipient")]
    kit.invited(invitation_id=invitation)
    assert ("membership-granted", newcomer, "addressed") in kit.notices()


def test_no_address_and_no_link_stands_in_clear_in_the_database(kit):
    account, person = new_id(), kit.contact(email="mycket.hemlig@exempel.se", phone="+46701740605")
    kit.granted(account, person)
    kit.invited(email="lika.hemlig@exempel.se")
    kit.invoice(account)
    for table in ("contact", "invitation", "notification", "delivery", "membership", "inbox", "outbox"):
        for row in kit.rows(f"SELECT * FROM {table}"):  # noqa: S608 - names above
            assert not any(secret in str(row) for secret in ("hemlig", "exempel.se", "701740605", "Öberg"))


def test_B_22_FK9_everybody_of_the_account_is_told_that_customer_service_looks_and_not_why(kit):
    account, owner, delegate, former = new_id(), kit.contact(), kit.contact(), kit.contact()
    kit.granted(account, owner)
    kit.granted(account, delegate, role="delegate", by=owner)
    kit.deliver(
        SupportViewOpenedV1(
            support_view_id=new_id(), account_id=account, opened_at=utcnow(), until=utcnow() + timedelta(hours=1)
        )
    )
    told = {person for template, person in kit.told() if template == "support-view-opened"}
    assert told == {owner, delegate}
    assert former not in told
