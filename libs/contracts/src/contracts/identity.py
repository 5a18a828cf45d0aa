"""Events of identity."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.event import Event, event
from contracts.fields import CustomerNumber, DeviceName, Locale, Sealed
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
