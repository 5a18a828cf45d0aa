"""Events of metering."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from contracts.event import Event, event
from contracts.fields import CubicMetres, CustomerNumber, FacilityId, MeterNumber


class ReadingSource(StrEnum):
    """Where a value comes from (B-16)."""

    CUSTOMER = "customer"
    UTILITY = "utility"
    ESTIMATE = "estimate"


class CheckReason(StrEnum):
    """Why somebody should look at a reading (D24)."""

    HIGH = "high"
    LOW = "low"
    ROLL_OVER = "roll-over"


@event(
    "metering.reading.submitted.v1",
    consumers=("batch-billing",),
    aggregate="reading",
    summary="A customer has reported a water meter reading (T5).",
)
class ReadingSubmittedV1(Event, frozen=True, kw_only=True):
    """The billing system answers with reading.accepted or reading.rejected."""

    reading_id: UUID
    account_id: UUID
    customer_number: CustomerNumber
    facility_id: FacilityId
    meter_number: MeterNumber
    value_m3: CubicMetres
    read_on: date
    previous_value_m3: CubicMetres
    previous_read_on: date
    use_m3: CubicMetres
    rolled_over: bool
    source: ReadingSource
    submitted_at: datetime


@event(
    "metering.reading.corrected.v1",
    consumers=("batch-billing",),
    aggregate="reading",
    summary="A customer has corrected a reading that was not billed yet (D24).",
)
class ReadingCorrectedV1(Event, frozen=True, kw_only=True):
    """The whole new state; ``reading_id`` is that of the reading it replaces the value of."""

    reading_id: UUID
    account_id: UUID
    customer_number: CustomerNumber
    facility_id: FacilityId
    meter_number: MeterNumber
    value_m3: CubicMetres
    read_on: date
    previous_value_m3: CubicMetres
    previous_read_on: date
    use_m3: CubicMetres
    rolled_over: bool
    corrected_at: datetime


@event(
    "metering.reading.needs-check.v1",
    consumers=("notify",),
    aggregate="reading",
    summary="A reading far from the estimate was confirmed by the customer: a check task exists.",
)
class ReadingNeedsCheckV1(Event, frozen=True, kw_only=True):
    """Never a silent drop."""

    reading_id: UUID
    account_id: UUID
    reason: CheckReason
    submitted_at: datetime
