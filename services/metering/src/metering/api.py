"""The routes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import requires
from chassis.http.routes import Page, Reply, Routes
from chassis.transaction import Tx
from metering import domain, schemas, usecases

routes = Routes("metering", "Metering points, meters, readings and use")


@routes.get(
    "/metering-points",
    access=requires("metering:read"),
    answer=Page(schemas.MeteringPoint),
    summary_sv="Lista mätplatser med mätare, senaste avläsning och väntad förbrukning",
    summary_en="List metering points with meter, last reading and expected use",
)
def list_metering_points(tx: Tx, query: dict[str, Any]) -> Any:
    """The account's metering points, also former ones."""
    return usecases.list_points(tx, limit=query["limit"], page=query["page"])


@routes.post(
    "/readings",
    access=requires("metering:write", area="water"),
    activity=("Skickade in en mätarställning", "Submitted a meter reading"),
    body=schemas.SubmitReading,
    answer=schemas.Reading,
    status=201,
    idempotent=True,
    errors=(
        domain.MeteringPointNotFound,
        domain.ReadingNeedsConfirmation,
        domain.ReadingAlreadyRegistered,
        domain.ReadingInFuture,
        domain.ReadingBeforeLast,
        domain.ReadingBelowLast,
        domain.ReadingTooManyDigits,
        domain.ReadingOutsideAgreement,
        domain.MeterNumberMismatch,
        domain.PointNotSelfRead,
        domain.PointWithoutMeter,
    ),
    summary_sv="Registrera en avläsning av vattenmätaren",
    summary_en="Report a water meter reading",
)
def submit_reading(tx: Tx, body: usecases.SubmitReading) -> Reply:
    """Report a reading (T5)."""
    made = usecases.submit_reading(tx, body)
    shown = usecases.get_reading(tx, made.id)
    return Reply(shown, headers={"Location": f"/api/metering/v1/readings/{made.id}"})


@routes.get(
    "/readings",
    access=requires("metering:read"),
    query=schemas.ReadingQuery,
    answer=Page(schemas.Reading),
    summary_sv="Lista avläsningar, senaste först",
    summary_en="List readings, newest first",
)
def list_readings(tx: Tx, query: dict[str, Any]) -> Any:
    """The account's readings, and the utility's for its metering points."""
    return usecases.list_readings(
        tx, metering_point_id=query["metering_point_id"], limit=query["limit"], page=query["page"]
    )


@routes.get(
    "/readings/<uuid:reading_id>",
    access=requires("metering:read"),
    answer=schemas.Reading,
    errors=(domain.ReadingNotFound,),
    summary_sv="Visa en avläsning",
    summary_en="Show a reading",
)
def get_reading(tx: Tx, reading_id: UUID) -> Any:
    """One reading, with the billing system's answer."""
    return usecases.get_reading(tx, reading_id)


@routes.post(
    "/readings/<uuid:reading_id>/corrections",
    access=requires("metering:write", area="water"),
    activity=("Rättade en mätarställning", "Corrected a meter reading"),
    body=schemas.CorrectReading,
    answer=schemas.Reading,
    status=201,
    idempotent=True,
    errors=(
        domain.ReadingNotFound,
        domain.ReadingNeedsConfirmation,
        domain.ReadingAlreadyBilled,
        domain.ReadingAlreadyRegistered,
        domain.ReadingUnchanged,
        domain.ReadingBelowLast,
        domain.ReadingAboveNext,
        domain.ReadingTooManyDigits,
    ),
    summary_sv="Rätta en avläsning som inte är fakturerad",
    summary_en="Correct a reading that is not billed",
)
def correct_reading(tx: Tx, reading_id: UUID, body: usecases.CorrectReading) -> Any:
    """Correct a reading until it is billed (D24)."""
    usecases.correct_reading(tx, reading_id, body)
    return usecases.get_reading(tx, reading_id)


@routes.get(
    "/consumption",
    access=requires("metering:read"),
    query=schemas.ConsumptionQuery,
    answer=schemas.Consumption,
    errors=(domain.MeteringPointNotFound,),
    summary_sv="Förbrukning under ett år, per avläsning och månad",
    summary_en="Use in a year, per reading and month",
)
def get_consumption(tx: Tx, query: dict[str, Any]) -> Any:
    """Use at one metering point (T63, T64); summed per meter, never across a swap (B-17)."""
    return usecases.consumption(tx, metering_point_id=query["metering_point_id"], year=query["year"])
