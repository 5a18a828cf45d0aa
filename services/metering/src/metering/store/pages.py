"""List pages: one statement each, rows and their number, read without the unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.transaction import Tx

POINTS = text(
    """
    WITH mine AS (
        SELECT DISTINCT ON (p.id) p.id, p.facility_id, p.service_area, p.street, p.postal_code, p.city,
               a.starts_on, a.ends_on, a.expected_yearly_m3
        FROM account_link l
        JOIN agreement a ON a.customer_number = l.customer_number AND a.started_version > 0
        JOIN metering_point p ON p.facility_id = a.facility_id
        WHERE l.account_id = :account_id
          AND (CAST(:areas AS text[]) IS NULL OR p.service_area = ANY (CAST(:areas AS text[])))
        ORDER BY p.id, a.starts_on DESC, a.agreement_number DESC
    )
    SELECT mine.*, m.number AS meter_number, m.digits, m.installed_on, m.installed_value_m3,
           r.value_m3 AS last_value_m3, r.read_on AS last_read_on, r.source AS last_source,
           count(*) OVER () AS total
    FROM mine
    LEFT JOIN LATERAL (
        SELECT meter.* FROM meter
        WHERE meter.metering_point_id = mine.id AND (mine.ends_on IS NULL OR meter.installed_on <= mine.ends_on)
          AND (meter.removed_on IS NULL OR meter.removed_on > mine.ends_on)
        ORDER BY meter.installed_on DESC LIMIT 1
    ) m ON true
    LEFT JOIN LATERAL (
        SELECT reading.value_m3, reading.read_on, reading.source FROM reading
        WHERE reading.meter_id = m.id AND reading.state <> 'rejected'
          AND (reading.account_id = :account_id OR (reading.source <> 'customer' AND reading.read_on >= mine.starts_on
               AND (mine.ends_on IS NULL OR reading.read_on <= mine.ends_on + 1)))
        ORDER BY reading.read_on DESC, reading.value_m3 DESC LIMIT 1
    ) r ON true
    ORDER BY mine.street, mine.facility_id
    LIMIT :limit OFFSET :offset
    """
)


def points_page(
    tx: Tx, account_id: UUID, areas: frozenset[str] | None, *, limit: int, offset: int
) -> tuple[Sequence[Row[Any]], int]:
    """The account's places with meter and last value, and how many there are: one statement."""
    parameters = {"account_id": account_id, "areas": None if areas is None else sorted(areas), "offset": offset}
    rows = tx.session.execute(POINTS, parameters | {"limit": limit}).all()
    if not rows and offset:
        rows_of_first = tx.session.execute(POINTS, parameters | {"limit": 1, "offset": 0}).all()
        return [], rows_of_first[0].total if rows_of_first else 0
    return rows, rows[0].total if rows else 0


READINGS = """
    WITH mine AS MATERIALIZED (
        SELECT p.id, a.starts_on, a.ends_on
        FROM account_link l
        JOIN agreement a ON a.customer_number = l.customer_number AND a.started_version > 0
        JOIN metering_point p ON p.facility_id = a.facility_id
        WHERE l.account_id = :account_id
          AND (CAST(:areas AS text[]) IS NULL OR p.service_area = ANY (CAST(:areas AS text[])))
          AND (CAST(:point_id AS uuid) IS NULL OR p.id = CAST(:point_id AS uuid))
    )
    SELECT r.id, r.metering_point_id, m.number AS meter_number, r.source, r.read_on, r.value_m3, r.state,
           r.check_reason, r.previous_value_m3, r.previous_read_on, r.use_m3, r.rolled_over, r.submitted_at,
           r.corrected_at, r.revision, r.answered_at, r.answer_text_sv, r.answer_text_en, r.invoice_number,
           r.billed_value_m3, count(*) OVER () AS total
    FROM reading r
    JOIN meter m ON m.id = r.meter_id
    WHERE r.metering_point_id IN (SELECT id FROM mine)
      AND (r.account_id = :account_id OR (r.source <> 'customer' AND EXISTS (
            SELECT 1 FROM mine WHERE mine.id = r.metering_point_id AND r.read_on >= mine.starts_on
              AND (mine.ends_on IS NULL OR r.read_on <= mine.ends_on + 1))))
"""
READINGS_PAGE = text(READINGS + " ORDER BY r.read_on DESC, r.submitted_at DESC, r.id LIMIT :limit OFFSET :offset")
READING = text(READINGS + " AND r.id = :reading_id")


def readings_page(
    tx: Tx, account_id: UUID, areas: frozenset[str] | None, *, point_id: UUID | None, limit: int, offset: int
) -> tuple[Sequence[Row[Any]], int]:
    """The values that the account may see, newest first, and how many there are: one statement."""
    parameters = {"account_id": account_id, "areas": None if areas is None else sorted(areas), "point_id": point_id}
    rows = tx.session.execute(READINGS_PAGE, parameters | {"limit": limit, "offset": offset}).all()
    if not rows and offset:
        first = tx.session.execute(READINGS_PAGE, parameters | {"limit": 1, "offset": 0}).all()
        return [], first[0].total if first else 0
    return rows, rows[0].total if rows else 0


def one_reading(tx: Tx, account_id: UUID, areas: frozenset[str] | None, reading_id: UUID) -> Row[Any] | None:
    """One value that the account may see."""
    parameters = {
        "account_id": account_id,
        "areas": None if areas is None else sorted(areas),
        "point_id": None,
        "reading_id": reading_id,
    }
    return tx.session.execute(READING, parameters).one_or_none()
