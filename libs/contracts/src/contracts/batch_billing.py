"""Events of the batch billing system: somebody else's program, which takes part through events alone."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.event import Event, event
from contracts.fields import (
    AgreementNumber,
    CubicMetres,
    CustomerNumber,
    FacilityId,
    InvoiceNumber,
    LongText,
    MeterNumber,
    Ocr,
    Ore,
    OrganisationNumber,
    PersonalNumber,
    ShortText,
)


class ServiceArea(StrEnum):
    """What an agreement is about."""

    WATER = "water"
    ELECTRICITY = "electricity"
    DISTRICT_HEATING = "district-heating"
    WASTE = "waste"
    BROADBAND = "broadband"


@event(
    "batch-billing.customer.registered.v1",
    consumers=("identity",),
    aggregate="customer",
    summary="A private person (or sole trader) has become a customer. The only event with a personal number.",
)
class CustomerRegisteredV1(Event, frozen=True, kw_only=True):
    """Sent once per customer and again when anything in it changes, with a higher version."""

    customer_number: CustomerNumber
    personal_number: PersonalNumber
    name: ShortText
    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=20, description="E.164")] | None = None
    protected_identity: bool = False


@event(
    "batch-billing.organisation.registered.v1",
    consumers=("org-registry",),
    aggregate="customer",
    summary="An organisation has become a customer.",
)
class OrganisationRegisteredV1(Event, frozen=True, kw_only=True):
    """Joins a customer number to an organisation number."""

    customer_number: CustomerNumber
    organisation_number: OrganisationNumber
    name: ShortText


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the service is delivered."""

    street: ShortText
    postal_code: Annotated[str, Meta(pattern="^[1-9][0-9]{4}$")]
    city: ShortText


class InstalledMeter(msgspec.Struct, frozen=True, kw_only=True):
    """The meter that stands at the metering point when the agreement starts."""

    meter_number: MeterNumber
    digits: Annotated[int, Meta(ge=3, le=9, description="Digits of the counter; it rolls over at 10^digits.")]
    start_value: CubicMetres


@event(
    "batch-billing.agreement.started.v1",
    consumers=("org-registry", "billing", "metering"),
    aggregate="agreement",
    summary="An agreement has started: whoever stands on it has access to Mina sidor (T6).",
)
class AgreementStartedV1(Event, frozen=True, kw_only=True):
    """One agreement for one service at one place."""

    agreement_number: AgreementNumber
    customer_number: CustomerNumber
    service_area: ServiceArea
    starts_on: date
    address: Address
    facility_id: FacilityId | None = None
    meter: InstalledMeter | None = None
    expected_yearly_use: Annotated[int, Meta(ge=0, description="Whole m³ a year, for water.")] | None = None


@event(
    "batch-billing.agreement.ended.v1",
    consumers=("org-registry", "billing", "metering"),
    aggregate="agreement",
    summary="An agreement has ended.",
)
class AgreementEndedV1(Event, frozen=True, kw_only=True):
    """The last day of the agreement is ``ends_on``."""

    agreement_number: AgreementNumber
    customer_number: CustomerNumber
    ends_on: date


@event(
    "batch-billing.meter.replaced.v1",
    consumers=("metering",),
    aggregate="metering-point",
    summary="A meter has been taken away and another put in its place (B-17): use is never counted across the swap.",
)
class MeterReplacedV1(Event, frozen=True, kw_only=True):
    """One replacement; at most one per day and place. Sent again with a higher version where it was wrong."""

    facility_id: FacilityId
    replaced_on: date
    removed_meter_number: MeterNumber
    removed_value: CubicMetres
    installed: InstalledMeter
    removed_value_estimated: bool = False
    """The old counter could not be read."""


class InvoiceKind(StrEnum):
    """What kind of document it is."""

    INVOICE = "invoice"
    CREDIT = "credit"
    FINAL = "final"
    REMINDER = "reminder"


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. ``net_ore`` is quantity times unit price, rounded half up to whole öre."""

    description: ShortText
    quantity: Annotated[str, Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$", description="Decimal as text.")]
    unit: Annotated[str, Meta(min_length=1, max_length=20)]
    unit_price_ore: Annotated[
        str, Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$", description="Öre per unit before VAT, decimal as text.")
    ]
    net_ore: Ore
    vat_rate: Annotated[int, Meta(ge=0, le=100, description="Per cent.")]
    service_area: ServiceArea | None = None
    facility_id: FacilityId | None = None
    period_from: date | None = None
    period_to: date | None = None


class VatSum(msgspec.Struct, frozen=True, kw_only=True):
    """Sums per VAT rate, as the VAT law asks."""

    rate: Annotated[int, Meta(ge=0, le=100)]
    net_ore: Ore
    vat_ore: Ore


@event(
    "batch-billing.invoice.issued.v1",
    consumers=("billing",),
    aggregate="invoice",
    summary="An invoice (or credit, final invoice, reminder) has been issued.",
)
class InvoiceIssuedV1(Event, frozen=True, kw_only=True):
    """The whole document. ``total_ore`` = sum of net + sum of VAT + rounding, in whole kronor."""

    invoice_number: InvoiceNumber
    customer_number: CustomerNumber
    kind: InvoiceKind
    issued_on: date
    due_on: date
    period_from: date
    period_to: date
    ocr: Ocr
    bankgiro: Annotated[str, Meta(pattern="^[0-9]{3,4}-[0-9]{4}$")]
    lines: Annotated[tuple[InvoiceLine, ...], Meta(min_length=1, max_length=500)]
    vat: Annotated[tuple[VatSum, ...], Meta(min_length=1, max_length=10)]
    rounding_ore: Ore
    total_ore: Ore
    credits_invoice_number: InvoiceNumber | None = None
    reading_id: UUID | None = None


@event(
    "batch-billing.payment.received.v1",
    consumers=("billing",),
    aggregate="payment",
    summary="Money has come in for a payment reference.",
)
class PaymentReceivedV1(Event, frozen=True, kw_only=True):
    """One incoming payment; several may pay one invoice."""

    payment_id: UUID
    ocr: Ocr
    amount_ore: Ore
    received_on: date


@event(
    "batch-billing.reading.accepted.v1",
    consumers=("metering",),
    aggregate="reading",
    summary="The billing system has taken a reading; it is billed and can no longer be corrected.",
)
class ReadingAcceptedV1(Event, frozen=True, kw_only=True):
    """Answer to ``metering.reading.submitted.v1``."""

    reading_id: UUID
    accepted_at: datetime
    invoice_number: InvoiceNumber | None = None


@event(
    "batch-billing.reading.rejected.v1",
    consumers=("metering",),
    aggregate="reading",
    summary="The billing system has refused a reading, with a text that the customer sees (D24).",
)
class ReadingRejectedV1(Event, frozen=True, kw_only=True):
    """Answer to ``metering.reading.submitted.v1``."""

    reading_id: UUID
    rejected_at: datetime
    text_sv: LongText
    text_en: LongText
