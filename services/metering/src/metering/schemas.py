"""The form of requests and answers."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.http.schemas import Answer, Instant, Line, PageQuery, QueryNumber, Strict, WholeNumber, YesOrNo
from metering import domain
from metering.usecases import CorrectReading as CorrectReadingCommand
from metering.usecases import SubmitReading as SubmitReadingCommand

VALUE = {"description": "Mätarställning i hela m³ / counter value, whole m³", "example": 142}
CONFIRMED = {"description": "Jag är säker på värdet / I am sure of the value"}
MAX_VALUE = 999_999_999


class SubmitReading(Strict):
    """Report a water meter reading."""

    command = SubmitReadingCommand

    metering_point_id = fields.UUID(required=True)
    value_m3 = WholeNumber(required=True, validate=validate.Range(0, MAX_VALUE), metadata=VALUE)
    read_on = fields.Date(required=True, metadata={"description": "Avläsningsdag / day of reading"})
    meter_number = Line(max_length=30, metadata={"description": "Numret på mätaren / the number on the meter"})
    confirmed = YesOrNo(load_default=False, metadata=CONFIRMED)


class CorrectReading(Strict):
    """Replace the value of a reading."""

    command = CorrectReadingCommand

    value_m3 = WholeNumber(required=True, validate=validate.Range(0, MAX_VALUE), metadata=VALUE)
    confirmed = YesOrNo(load_default=False, metadata=CONFIRMED)


class ReadingQuery(PageQuery):
    """Which readings."""

    metering_point_id = fields.UUID(load_default=None)


class ConsumptionQuery(Strict):
    """Which place and year."""

    metering_point_id = fields.UUID(required=True)
    year = QueryNumber(required=True, validate=validate.Range(1990, 2100))


class Address(Answer):
    """Where it is."""

    street = fields.String(required=True)
    postal_code = fields.String(required=True)
    city = fields.String(required=True)


class Meter(Answer):
    """The meter that stands there."""

    meter_number = fields.String(required=True)
    digits = fields.Integer(required=True, metadata={"description": "Siffror på räkneverket / digits of the counter"})
    installed_on = fields.Date(required=True)
    installed_value_m3 = fields.Integer(required=True)


class LastReading(Answer):
    """The newest value."""

    value_m3 = fields.Integer(required=True)
    read_on = fields.Date(required=True)
    source = fields.String(required=True, validate=validate.OneOf([source.value for source in domain.Source]))


class MeteringPoint(Answer):
    """A metering point of the account."""

    id = fields.UUID(required=True)
    facility_id = fields.String(required=True)
    service_area = fields.String(required=True)
    address = fields.Nested(Address, required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, allow_none=True)
    expected_yearly_use_m3 = fields.Integer(required=True, allow_none=True)
    meter = fields.Nested(Meter, required=True, allow_none=True)
    last_reading = fields.Nested(LastReading, required=True, allow_none=True)
    can_report = fields.Boolean(required=True)


STATUSES = sorted(state.value for state in domain.STORED)
QUALITIES = [quality.value for quality in domain.Quality]
REASONS = [reason.value for reason in domain.Reason]


class Reading(Answer):
    """A meter reading."""

    id = fields.UUID(required=True)
    metering_point_id = fields.UUID(required=True)
    meter_number = fields.String(required=True)
    source = fields.String(required=True, validate=validate.OneOf([source.value for source in domain.Source]))
    quality = fields.String(required=True, validate=validate.OneOf(QUALITIES))
    read_on = fields.Date(required=True)
    value_m3 = fields.Integer(required=True, metadata=VALUE)
    previous_value_m3 = fields.Integer(required=True, allow_none=True)
    previous_read_on = fields.Date(required=True, allow_none=True)
    use_m3 = fields.Integer(required=True, allow_none=True)
    rolled_over = fields.Boolean(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    check_reason = fields.String(required=True, allow_none=True, validate=validate.OneOf(REASONS))
    submitted_at = Instant(required=True)
    corrected_at = Instant(required=True, allow_none=True)
    revision = fields.Integer(required=True)
    may_correct = fields.Boolean(required=True)
    answered_at = Instant(required=True, allow_none=True)
    answer_text = fields.String(
        required=True, allow_none=True, metadata={"description": "Faktureringens svar / the billing system's answer"}
    )
    invoice_number = fields.String(required=True, allow_none=True)
    billed_value_m3 = fields.Integer(required=True, allow_none=True)


class Interval(Answer):
    """Use between two values of one meter; ``to_on`` is not included."""

    meter_number = fields.String(required=True)
    from_on = fields.Date(required=True)
    to_on = fields.Date(required=True)
    days = fields.Integer(required=True)
    use_m3 = fields.Integer(required=True)
    rolled_over = fields.Boolean(required=True)
    quality = fields.String(required=True, validate=validate.OneOf(QUALITIES))


class Month(Answer):
    """Use in a month, in litres; ``quality`` is null where nothing is known."""

    month = fields.Integer(required=True)
    use_litres = fields.Integer(required=True)
    days_covered = fields.Integer(required=True)
    quality = fields.String(required=True, allow_none=True, validate=validate.OneOf(QUALITIES))


class Consumption(Answer):
    """Use in a year."""

    metering_point_id = fields.UUID(required=True)
    year = fields.Integer(required=True)
    use_litres = fields.Integer(required=True)
    quality = fields.String(required=True, allow_none=True, validate=validate.OneOf(QUALITIES))
    intervals = fields.List(fields.Nested(Interval), required=True)
    months = fields.List(fields.Nested(Month), required=True)
