"""A person's part of metering: what is kept, handed out, erased (B-21, J10)."""

from __future__ import annotations

from typing import Any

from chassis.privacy import BOOKKEEPING_ACT, Both, Erased, Holding, Holdings, Kept, Privacy, Subject, bookkeeping_until
from chassis.telemetry import logger
from chassis.transaction import Tx
from metering.store import privacy as store

log = logger(__name__)

READINGS = Both(sv="Mätaravläsningar och förbrukning", en="Meter readings and use")
PLACES = Both(sv="Avtal, mätplatser och mätare", en="Agreements, metering points and meters")
BILLED_BY = Both(
    sv="Underlag till fakturor. " + BOOKKEEPING_ACT.sv,
    en="Invoices are made from it. " + BOOKKEEPING_ACT.en,
)

HOLDINGS = Holdings(
    (
        Holding(
            what=READINGS,
            tables=("reading", "reading_revision", "billing_answer", "check_task"),
            kept_for=Both(
                sv="Sju år efter utgången av kalenderåret; avvisade så länge kontot finns",
                en="Seven years after the end of the calendar year; refused ones as long as the account exists",
            ),
            why=BILLED_BY,
            file="readings",
        ),
        Holding(
            what=PLACES,
            tables=("agreement", "account", "account_link", "metering_point", "meter"),
            kept_for=Both(
                sv="Sju år efter utgången av det kalenderår då avtalet slutade; mätplats och mätare så länge de finns",
                en="Seven years after the end of the calendar year in which the agreement ended; the metering point and"
                " its meters as long as they exist",
            ),
            why=BILLED_BY,
            file="metering-points",
        ),
    ),
    impersonal={"meter_replacement": "which meter was put where when, by the number of the place; meters show it"},
)
"""What is kept of people, for the export, the erasure and the table of retention."""


def export_person(tx: Tx, subject: Subject) -> dict[str, Any]:
    """Places, meters and readings of the own accounts; values in cubic metres."""
    return {
        "readings": store.readings(tx, subject.account_ids, subject.person_id),
        "metering-points": {
            "accounts": store.accounts(tx, subject.account_ids),
            "agreements": store.agreements(tx, subject.account_ids),
            "meters": store.meters(tx, subject.account_ids),
        },
    }


def erase_person(tx: Tx, subject: Subject) -> Erased:
    """Erase refused readings and who read; what invoices were made from stays as long as they do."""
    erased = []
    if store.forget_rejected(tx, subject.account_ids):
        erased.append(Both(sv="Avvisade avläsningar", en="Refused readings"))
    if store.forget_who(tx, subject.account_ids, subject.person_id):
        erased.append(Both(sv="Vem som lämnade avläsningarna", en="Who submitted the readings"))
    last = store.last_day(tx, subject.account_ids)
    if last is None:
        return Erased(erased=tuple(erased))
    kept = tuple(Kept(what=what, why=BILLED_BY, until=bookkeeping_until(last)) for what in (READINGS, PLACES))
    return Erased(erased=tuple(erased), kept=kept)


def forget_old(tx: Tx) -> None:
    """Delete what need not be kept any longer, of everybody."""
    agreements, readings = store.forget_old(tx)
    log.info("old-readings-forgotten", agreements=agreements, readings=readings)


PRIVACY = Privacy(HOLDINGS, export=export_person, erase=erase_person)
