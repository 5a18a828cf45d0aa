"""Events of identity."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.data_requests import DataRequestKind
from contracts.event import Event, event
from contracts.fields import CustomerNumber, DeviceName, Locale, Sealed, SealedName, ServiceName, Sha256, SignPurpose
from contracts.notify import Channel


@event(
    "identity.user.registered.v1",
    consumers=("notify",),
    aggregate="person",
    summary="A person has confirmed the registration at the first login and accepted the terms (T14-T16).",
)
class UserRegisteredV1(Event, frozen=True, kw_only=True):
    """The person is known by an opaque id only."""

    person_id: UUID
    registered_at: datetime
    terms_version: str
    locale: Locale


@event(
    "identity.customer.identified.v1",
    consumers=("org-registry",),
    aggregate="customer",
    summary="The person behind a customer number is known; says nothing of who it is.",
)
class CustomerIdentifiedV1(Event, frozen=True, kw_only=True):
    """Joins the billing system's customer number to the opaque person id."""

    person_id: UUID
    customer_number: CustomerNumber
    protected_identity: bool


@event(
    "identity.contact.changed.v1",
    consumers=("notify",),
    aggregate="person",
    summary="The person's addresses or language have changed; the whole new state.",
)
class ContactChangedV1(Event, frozen=True, kw_only=True):
    """``sealed_contact`` opens to ``{"email": str | null, "phone": str | null, "name": str | null}``."""

    person_id: UUID
    sealed_contact: Sealed
    has_email: bool
    has_phone: bool
    locale: Locale


@event(
    "identity.contact-confirmation.requested.v1",
    consumers=("notify",),
    aggregate="contact-change",
    summary="A person has given a new address or number: send the code there, and only there (T67, J2).",
)
class ContactConfirmationRequestedV1(Event, frozen=True, kw_only=True):
    """``sealed_recipient`` opens to ``{"email" | "phone": str, "code": str}``; worthless after ``expires_at``."""

    contact_change_id: UUID
    person_id: UUID
    channel: Channel
    sealed_recipient: Sealed
    locale: Locale
    expires_at: datetime


@event(
    "identity.contact.replaced.v1",
    consumers=("notify",),
    aggregate="person",
    summary="A person's address or number has been replaced: tell the old one, so that a thief cannot do it unseen.",
)
class ContactReplacedV1(Event, frozen=True, kw_only=True):
    """``sealed_recipient`` opens to ``{"email" | "phone": str}``, the old one."""

    person_id: UUID
    channel: Channel
    sealed_recipient: Sealed
    locale: Locale
    replaced_at: datetime


@event(
    "identity.login.new-device.v1",
    consumers=("notify",),
    aggregate="login",
    summary="A person has logged in in a browser that was never used for it before: tell the person.",
)
class LoginNewDeviceV1(Event, frozen=True, kw_only=True):
    """The kind of device is coarse, by names of identity's own lists; null where it is not known."""

    login_id: UUID
    person_id: UUID
    browser: DeviceName | None
    system: DeviceName | None
    logged_in_at: datetime


@event(
    "identity.data-request.opened.v1",
    consumers=("org-registry",),
    aggregate="data-request",
    summary="A person wants the own data, or wants it erased (B-21); org-registry says which accounts that is about.",
)
class DataRequestOpenedV1(Event, frozen=True, kw_only=True):
    """An erasure is opened twice: first to ask for objections, then, where there were none, to erase."""

    request_id: UUID
    kind: DataRequestKind
    person_id: UUID


@event(
    "identity.data-export.ready.v1",
    consumers=("notify",),
    aggregate="data-request",
    summary="The person's export can be fetched: tell the person. Says nothing of what is in it.",
)
class DataExportReadyV1(Event, frozen=True, kw_only=True):
    """``missing`` names the services that had not answered within seven days."""

    request_id: UUID
    person_id: UUID
    missing: tuple[ServiceName, ...]
    expires_at: datetime


@event(
    "identity.erasure.refused.v1",
    consumers=("notify",),
    aggregate="data-request",
    summary="A person cannot be erased now, and nothing has been; the person reads why in the portal.",
)
class ErasureRefusedV1(Event, frozen=True, kw_only=True):
    """The reasons are not told here."""

    request_id: UUID
    person_id: UUID


@event(
    "identity.user.erased.v1",
    consumers=("notify",),
    aggregate="data-request",
    summary="A person has been erased by every service: the last mail goes to the address that there was.",
)
class UserErasedV1(Event, frozen=True, kw_only=True):
    """``sealed_recipient`` opens to ``{"email": str}``; null where there was no address."""

    request_id: UUID
    person_id: UUID
    sealed_recipient: Sealed | None
    locale: Locale
    erased_at: datetime


class SignatureFailure(StrEnum):
    """Why a sign order ended without a signature."""

    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OTHER_PERSON = "other-person"
    RISK_HIGH = "risk-high"
    PROOF_REFUSED = "proof-refused"


@event(
    "identity.signature.completed.v1",
    consumers=("notify", "invitations"),
    aggregate="sign-order",
    summary="The person has signed with BankID what a service had asked for; identity keeps the proof.",
)
class SignatureCompletedV1(Event, frozen=True, kw_only=True):
    """``requested_by`` knows ``subject_id``; the hash is of the document that was shown and signed."""

    sign_order_id: UUID
    requested_by: ServiceName
    subject_id: UUID
    person_id: UUID
    purpose: SignPurpose
    document_sha256: Sha256
    signed_at: datetime


@event(
    "identity.signature.failed.v1",
    consumers=("notify", "invitations"),
    aggregate="sign-order",
    summary="A sign order has ended without a signature, for good; a new one is needed to try again.",
)
class SignatureFailedV1(Event, frozen=True, kw_only=True):
    """A failed attempt is not told: the person may try again while the order lasts."""

    sign_order_id: UUID
    requested_by: ServiceName
    subject_id: UUID
    person_id: UUID
    purpose: SignPurpose
    reason: SignatureFailure
    failed_at: datetime


@event(
    "identity.person.named.v1",
    consumers=("activity", "invitations", "org-registry", "billing"),
    aggregate="person-name",
    summary="What a person is called, for the activity log and the list of who has access.",
)
class PersonNamedV1(Event, frozen=True, kw_only=True):
    """``sealed_name`` opens to ``{"person_id": str, "name": str}``; null for a protected person, who is not named."""

    person_id: UUID
    sealed_name: SealedName | None
    protected_identity: bool
    sealed_for_org_registry: SealedName | None = None
    """The same, sealed for org-registry instead of for activity."""
