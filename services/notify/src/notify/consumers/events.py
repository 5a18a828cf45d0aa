"""Events that notify takes. Nothing is sent here: rows are written, and the senders woken by the commit."""

from __future__ import annotations

from chassis.privacy import takes_part
from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.billing import InvoiceAvailableV1, InvoicePaidV1, InvoiceShareCreatedV1
from contracts.identity import (
    ContactChangedV1,
    ContactConfirmationRequestedV1,
    ContactReplacedV1,
    DataExportReadyV1,
    ErasureRefusedV1,
    LoginNewDeviceV1,
    SignatureCompletedV1,
    SignatureFailedV1,
    UserErasedV1,
    UserRegisteredV1,
)
from contracts.invitations import (
    InvitationAcceptedV1,
    InvitationCreatedV1,
    InvitationDeclinedV1,
    InvitationDeniedV1,
    InvitationExpiredV1,
    InvitationRefusedV1,
    InvitationRevokedV1,
)
from contracts.metering import ReadingNeedsCheckV1
from contracts.org_registry import (
    AccessRequestDecidedV1,
    AccessRequestReceivedV1,
    AccountOpenedV1,
    AccountResumedV1,
    AccountSuspendedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
    MembershipReviewOpenedV1,
    MembershipReviewRemindedV1,
    PowerOfAttorneyDecidedV1,
    PowerOfAttorneySubmittedV1,
    RemovalReason,
    SignatoryLostV1,
    SupportViewOpenedV1,
)
from notify.consumers import access
from notify.consumers.invoices import invoice_share_created
from notify.consumers.powers import power_decided, power_submitted
from notify.consumers.signatures import signature_completed, signature_failed
from notify.usecases import inviting, people, telling
from notify.usecases.privacy import PRIVACY

WATER = "water"


def user_registered(tx: Tx, event: UserRegisteredV1, meta: Meta) -> None:
    """Confirm the registration."""
    people.welcome(tx, people.Welcome(event_id=meta.event_id, person_id=event.person_id))


def login_new_device(tx: Tx, event: LoginNewDeviceV1, meta: Meta) -> None:
    """Warn the person; which kind of device it was stands in the portal, not in a mail (D26)."""
    people.warn_of_login(tx, people.WarnOfLogin(event_id=meta.event_id, person_id=event.person_id))


def contact_changed(tx: Tx, event: ContactChangedV1, meta: Meta) -> None:
    """Keep the contact, sealed."""
    people.change_contact(
        tx,
        people.ChangeContact(
            person_id=event.person_id,
            sealed_contact=event.sealed_contact,
            has_email=event.has_email,
            has_phone=event.has_phone,
            locale=event.locale,
            version=meta.version,
        ),
    )


def contact_confirmation_requested(tx: Tx, event: ContactConfirmationRequestedV1, meta: Meta) -> None:
    """Send the code to the new address (T67)."""
    people.tell_address(
        tx,
        people.TellAddress(
            event_id=meta.event_id,
            template="contact-confirmation",
            object_id=event.contact_change_id,
            channel=event.channel.value,
            sealed_recipient=event.sealed_recipient,
            locale=event.locale,
            expires_at=event.expires_at,
        ),
    )


def contact_replaced(tx: Tx, event: ContactReplacedV1, meta: Meta) -> None:
    """Tell the old address, so that a thief cannot do it unseen."""
    people.tell_address(
        tx,
        people.TellAddress(
            event_id=meta.event_id,
            template="contact-replaced",
            object_id=event.person_id,
            channel=event.channel.value,
            sealed_recipient=event.sealed_recipient,
            locale=event.locale,
        ),
    )


def data_export_ready(tx: Tx, event: DataExportReadyV1, meta: Meta) -> None:
    """The person can fetch the own data (B-21)."""
    people.tell_person(
        tx, people.TellPerson(event_id=meta.event_id, template="data-export-ready", person_id=event.person_id)
    )


def erasure_refused(tx: Tx, event: ErasureRefusedV1, meta: Meta) -> None:
    """The person cannot be erased now; why stands in the portal."""
    people.tell_person(
        tx, people.TellPerson(event_id=meta.event_id, template="erasure-refused", person_id=event.person_id)
    )


def user_erased(tx: Tx, event: UserErasedV1, meta: Meta) -> None:
    """The last mail, to the address that there was."""
    if event.sealed_recipient is not None:
        people.tell_address(
            tx,
            people.TellAddress(
                event_id=meta.event_id,
                template="user-erased",
                object_id=event.request_id,
                channel="email",
                sealed_recipient=event.sealed_recipient,
                locale=event.locale,
            ),
        )


def account_opened(tx: Tx, event: AccountOpenedV1, meta: Meta) -> None:
    """Note the account."""
    people.open_account(
        tx,
        people.OpenAccount(
            event_id=meta.event_id,
            account_id=event.account_id,
            kind=event.kind.value,
            opened_at=event.opened_at,
            by_power=event.power_of_attorney_id is not None,
        ),
    )


def membership_granted(tx: Tx, event: MembershipGrantedV1, meta: Meta) -> None:
    """Note who may act, and tell (T53)."""
    people.grant(
        tx,
        people.Grant(
            event_id=meta.event_id,
            membership_id=event.membership_id,
            account_id=event.account_id,
            person_id=event.person_id,
            role=event.role.value,
            services=event.services,
            ends_on=event.ends_on,
            granted_by=event.granted_by,
            invitation_id=event.invitation_id,
            by_power=event.power_of_attorney_id is not None,
        ),
    )


def membership_removed(tx: Tx, event: MembershipRemovedV1, meta: Meta) -> None:
    """Note who may not any more, and tell both sides."""
    people.remove(
        tx,
        people.Remove(
            event_id=meta.event_id,
            membership_id=event.membership_id,
            account_id=event.account_id,
            person_id=event.person_id,
            role=event.role.value,
            let_in=event.let_in,
            told_otherwise=event.reason is RemovalReason.SIGNATORY_LOST,
        ),
    )


def invitation_created(tx: Tx, event: InvitationCreatedV1, meta: Meta) -> None:
    """Mail the link (T46)."""
    inviting.invite(
        tx,
        inviting.Invite(
            event_id=meta.event_id,
            version=meta.version,
            invitation_id=event.invitation_id,
            account_id=event.account_id,
            inviter_id=event.inviter_id,
            sealed_recipient=event.sealed_recipient,
        ),
    )


def invitation_accepted(tx: Tx, event: InvitationAcceptedV1, meta: Meta) -> None:
    """Ask the inviter to approve (T51)."""
    inviting.accept(
        tx,
        inviting.Accept(
            event_id=meta.event_id,
            version=meta.version,
            invitation_id=event.invitation_id,
            account_id=event.account_id,
            inviter_id=event.inviter_id,
            acceptor_id=event.acceptor_id,
        ),
    )


def invitation_denied(tx: Tx, event: InvitationDeniedV1, meta: Meta) -> None:
    """Tell the acceptor."""
    inviting.deny(
        tx,
        inviting.Deny(
            event_id=meta.event_id,
            version=meta.version,
            invitation_id=event.invitation_id,
            account_id=event.account_id,
            acceptor_id=event.acceptor_id,
        ),
    )


def invitation_declined(tx: Tx, event: InvitationDeclinedV1, meta: Meta) -> None:
    """Tell the inviter."""
    inviting.decline(
        tx,
        inviting.Decline(
            event_id=meta.event_id,
            version=meta.version,
            invitation_id=event.invitation_id,
            account_id=event.account_id,
            inviter_id=event.inviter_id,
        ),
    )


def invitation_expired(tx: Tx, event: InvitationExpiredV1, meta: Meta) -> None:
    """Tell the inviter, and who had accepted."""
    inviting.expire(
        tx,
        inviting.Expire(
            event_id=meta.event_id,
            version=meta.version,
            invitation_id=event.invitation_id,
            account_id=event.account_id,
            inviter_id=event.inviter_id,
            after_acceptance=event.after_acceptance,
        ),
    )


def invitation_revoked(tx: Tx, event: InvitationRevokedV1, meta: Meta) -> None:
    """Tell whoever was invited."""
    inviting.revoke(
        tx,
        inviting.Revoke(
            event_id=meta.event_id,
            version=meta.version,
            invitation_id=event.invitation_id,
            account_id=event.account_id,
            revoked_by=event.revoked_by,
            inviter_id=event.inviter_id,
            acceptor_id=event.acceptor_id,
        ),
    )


def invoice_available(tx: Tx, event: InvoiceAvailableV1, meta: Meta) -> None:
    """Tell the account's people that there is an invoice: not its number, not its amount (D26)."""
    _account(tx, meta, "invoice-available", event)


def invoice_paid(tx: Tx, event: InvoicePaidV1, meta: Meta) -> None:
    """Tell the account's people that it is paid."""
    _account(tx, meta, "invoice-paid", event)


def _account(tx: Tx, meta: Meta, template: str, event: InvoiceAvailableV1 | InvoicePaidV1) -> None:
    told = telling.TellAccount(
        event_id=meta.event_id, template=template, account_id=event.account_id, object_id=event.invoice_id
    )
    telling.tell_account(tx, told)


def support_view_opened(tx: Tx, event: SupportViewOpenedV1, meta: Meta) -> None:
    """Tell the account's people that customer service looks; who and why stands in the portal (B-22, D26)."""
    telling.tell_account(
        tx,
        telling.TellAccount(
            event_id=meta.event_id,
            template="support-view-opened",
            account_id=event.account_id,
            object_id=event.support_view_id,
        ),
    )


def reading_needs_check(tx: Tx, event: ReadingNeedsCheckV1, meta: Meta) -> None:
    """Tell those who see the water meter that its reading is being looked at (D24)."""
    telling.tell_account(
        tx,
        telling.TellAccount(
            event_id=meta.event_id,
            template="reading-check",
            account_id=event.account_id,
            object_id=event.reading_id,
            area=WATER,
        ),
    )


SUBSCRIPTIONS = Subscriptions(
    on(UserRegisteredV1, user_registered),
    on(LoginNewDeviceV1, login_new_device),
    on(ContactChangedV1, contact_changed),
    on(ContactConfirmationRequestedV1, contact_confirmation_requested),
    on(ContactReplacedV1, contact_replaced),
    on(DataExportReadyV1, data_export_ready),
    on(ErasureRefusedV1, erasure_refused),
    on(UserErasedV1, user_erased),
    takes_part(PRIVACY),
    on(AccountOpenedV1, account_opened),
    on(MembershipGrantedV1, membership_granted, ordered=True),
    on(MembershipRemovedV1, membership_removed, ordered=True),
    on(AccountSuspendedV1, access.account_suspended),
    on(AccountResumedV1, access.account_resumed),
    on(MembershipReviewOpenedV1, access.review_opened),
    on(MembershipReviewRemindedV1, access.review_reminded),
    on(AccessRequestReceivedV1, access.access_request_received),
    on(AccessRequestDecidedV1, access.access_request_decided),
    on(SignatoryLostV1, access.signatory_lost),
    on(PowerOfAttorneySubmittedV1, power_submitted),
    on(PowerOfAttorneyDecidedV1, power_decided),
    on(InvitationCreatedV1, invitation_created),
    on(InvitationAcceptedV1, invitation_accepted),
    on(InvitationDeniedV1, invitation_denied),
    on(InvitationDeclinedV1, invitation_declined),
    on(InvitationExpiredV1, invitation_expired),
    on(InvitationRevokedV1, invitation_revoked),
    on(InvitationRefusedV1, access.invitation_refused),
    on(InvoiceAvailableV1, invoice_available),
    on(InvoicePaidV1, invoice_paid),
    on(InvoiceShareCreatedV1, invoice_share_created),
    on(ReadingNeedsCheckV1, reading_needs_check),
    on(SignatureCompletedV1, signature_completed),
    on(SignatureFailedV1, signature_failed),
    on(SupportViewOpenedV1, support_view_opened),
    service="notify",
)
