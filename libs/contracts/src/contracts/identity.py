"""Events of identity."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.event import Event, event
from contracts.fields import CustomerNumber, Locale, Sealed


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
