"""Exports and erasures of a person's own data: the request, who has answered, the pieces, the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from chassis.db import constraint_error
from chassis.transaction import Tx
from identity.domain.data_requests import (
    Answered,
    DataExportUnderWay,
    DataRequest,
    RequestKind,
    RequestStatus,
    Step,
)
from identity.store.tables import INSTANT, metadata

data_request = sa.Table(
    "data_request",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Uuid),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("services", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("requested_at", INSTANT, nullable=False, server_default=sa.func.now()),
    sa.Column("closed_at", INSTANT),
    sa.Column("expires_at", INSTANT),
    sa.Column("missing", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("size", sa.BigInteger),
    sa.Column("sealed_recipient", sa.Text),
)
data_answer = sa.Table(
    "data_answer",
    metadata,
    sa.Column("request_id", sa.Uuid, sa.ForeignKey("data_request.id"), primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("answer_id", sa.Uuid, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("report", pg.JSONB, nullable=False),
    sa.Column("answered_at", INSTANT, nullable=False, server_default=sa.func.now()),
)
data_part = sa.Table(
    "data_part",
    metadata,
    sa.Column("request_id", sa.Uuid, sa.ForeignKey("data_request.id"), primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("answer_id", sa.Uuid, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
)
data_file = sa.Table(
    "data_file",
    metadata,
    sa.Column("request_id", sa.Uuid, sa.ForeignKey("data_request.id"), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
constraint_error("uq_data_request_collecting", DataExportUnderWay)

COLUMNS = [data_request.c[spec.name] for spec in fields(DataRequest)]
OPEN = data_request.c.status == RequestStatus.COLLECTING


def _request(row: Any) -> DataRequest | None:
    if row is None:
        return None
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values |= {
        "kind": RequestKind(row.kind),
        "status": RequestStatus(row.status),
        "step": Step(row.step),
    }
    return DataRequest(**values)


def add(tx: Tx, *, request_id: UUID, person_id: UUID, kind: RequestKind, step: Step, **values: Any) -> None:
    """Open a request; raises ``DataExportUnderWay`` where one of the kind is open (at the latest with the commit)."""
    tx.session.execute(
        sa.insert(data_request).values(
            id=request_id, person_id=person_id, kind=kind, status=RequestStatus.COLLECTING, step=step, **values
        )
    )


def change(tx: Tx, request_id: UUID, **values: Any) -> None:
    """Set columns of a request that is held."""
    tx.session.execute(sa.update(data_request).where(data_request.c.id == request_id).values(**values))


def lock(tx: Tx, request_id: UUID) -> DataRequest | None:
    """The request, held until the commit: one answer at a time is the last one."""
    statement = sa.select(*COLUMNS).where(data_request.c.id == request_id).with_for_update()
    return _request(tx.session.execute(statement).one_or_none())


def get(tx: Tx, request_id: UUID, kind: RequestKind, person_id: UUID) -> DataRequest | None:
    """The request, if it is this person's."""
    statement = sa.select(*COLUMNS).where(
        data_request.c.id == request_id, data_request.c.kind == kind, data_request.c.person_id == person_id
    )
    return _request(tx.session.execute(statement).one_or_none())


def receipt(tx: Tx, request_id: UUID) -> DataRequest | None:
    """The erasure of somebody who is erased: nobody's any more."""
    statement = sa.select(*COLUMNS).where(
        data_request.c.id == request_id,
        data_request.c.kind == RequestKind.ERASURE,
        data_request.c.step == Step.ERASE,
    )
    return _request(tx.session.execute(statement).one_or_none())


def page(tx: Tx, person_id: UUID, kind: RequestKind, *, limit: int, page: int) -> tuple[list[DataRequest], int]:
    """The person's requests, the newest first, and how many there are."""
    mine = sa.and_(data_request.c.person_id == person_id, data_request.c.kind == kind)
    statement = (
        sa.select(*COLUMNS)
        .where(mine)
        .order_by(data_request.c.requested_at.desc(), data_request.c.id.desc())
        .limit(limit)
        .offset((page - 1) * limit)
    )
    total = tx.session.execute(sa.select(sa.func.count()).select_from(data_request).where(mine)).scalar_one()
    found = [_request(row) for row in tx.session.execute(statement)]
    return [request for request in found if request is not None], total


def under_way(tx: Tx, person_id: UUID, kind: RequestKind) -> bool:
    """Whether one of the kind is open. Only while the person's row is held."""
    statement = sa.select(sa.exists().where(data_request.c.person_id == person_id, data_request.c.kind == kind, OPEN))
    return bool(tx.session.execute(statement).scalar_one())


def wait_for_next(tx: Tx, person_id: UUID, kind: RequestKind, most: int, within: timedelta) -> timedelta | None:
    """How long until the person may ask again; None where now. Only while the person's row is held."""
    opening = data_request.c.requested_at + within
    statement = (
        sa.select(opening - sa.func.now())
        .where(data_request.c.person_id == person_id, data_request.c.kind == kind, opening > sa.func.now())
        .order_by(data_request.c.requested_at.desc())
        .offset(most - 1)
        .limit(1)
    )
    wait: timedelta | None = tx.session.execute(statement).scalar_one_or_none()
    return wait


def put_part(tx: Tx, request_id: UUID, service: str, answer_id: UUID, part: int, sealed: str) -> int:
    """Keep a piece, once; returns how many of its answer there are."""
    key = {"request_id": request_id, "service": service, "answer_id": answer_id}
    tx.session.execute(pg.insert(data_part).values(**key, part=part, sealed=sealed).on_conflict_do_nothing())
    mine = sa.and_(*(data_part.c[name] == value for name, value in key.items()))
    return tx.session.execute(sa.select(sa.func.count()).select_from(data_part).where(mine)).scalar_one()


def put_answer(tx: Tx, request_id: UUID, answer_id: UUID, answered: Answered) -> None:
    """Note that a service's answer is whole; the first one counts."""
    report = {"objections": answered.objections, "erased": answered.erased, "kept": answered.kept}
    statement = pg.insert(data_answer).values(
        request_id=request_id, service=answered.service, answer_id=answer_id, size=answered.size, report=report
    )
    tx.session.execute(statement.on_conflict_do_nothing())


def answers(tx: Tx, request_ids: Sequence[UUID]) -> dict[UUID, list[Answered]]:
    """Who has answered what, by request and service name."""
    found: dict[UUID, list[Answered]] = {request_id: [] for request_id in request_ids}
    statement = sa.select(data_answer).where(data_answer.c.request_id.in_(request_ids)).order_by(data_answer.c.service)
    for row in tx.session.execute(statement):
        report = {name: tuple(row.report[name]) for name in ("objections", "erased", "kept")}
        found[row.request_id].append(Answered(service=row.service, size=row.size, **report))
    return found


def pieces(tx: Tx, request_id: UUID, service: str) -> list[str]:
    """The pieces of the answer that counts, in order."""
    statement = (
        sa.select(data_part.c.sealed)
        .join(
            data_answer,
            sa.and_(
                data_answer.c.request_id == data_part.c.request_id,
                data_answer.c.service == data_part.c.service,
                data_answer.c.answer_id == data_part.c.answer_id,
            ),
        )
        .where(data_part.c.request_id == request_id, data_part.c.service == service)
        .order_by(data_part.c.part)
    )
    return list(tx.session.scalars(statement))


def size_of(tx: Tx, request_id: UUID, service: str, answer_id: UUID) -> int:
    """How much a service has sent, in characters."""
    statement = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(data_part.c.sealed)), 0)).where(
        data_part.c.request_id == request_id, data_part.c.service == service, data_part.c.answer_id == answer_id
    )
    return int(tx.session.execute(statement).scalar_one())


def forget_parts(tx: Tx, request_id: UUID) -> None:
    """Delete the pieces: the file is made."""
    tx.session.execute(sa.delete(data_part).where(data_part.c.request_id == request_id))


def forget_answers(tx: Tx, request_id: UUID) -> None:
    """Delete what was answered to the step before."""
    tx.session.execute(sa.delete(data_answer).where(data_answer.c.request_id == request_id))


def put_file(tx: Tx, request_id: UUID, sealed: bytes) -> None:
    """Keep the finished file."""
    tx.session.execute(sa.insert(data_file).values(request_id=request_id, sealed=sealed))


def file(tx: Tx, request_id: UUID) -> bytes | None:
    """The sealed file."""
    return tx.session.execute(
        sa.select(data_file.c.sealed).where(data_file.c.request_id == request_id)
    ).scalar_one_or_none()


def expire(tx: Tx) -> int:
    """Delete the files whose time is over; returns how many."""
    over = sa.and_(data_request.c.status == RequestStatus.READY, data_request.c.expires_at <= sa.func.now())
    ids = list(
        tx.session.scalars(
            sa.update(data_request).where(over).values(status=RequestStatus.EXPIRED).returning(data_request.c.id)
        )
    )
    tx.session.execute(sa.delete(data_file).where(data_file.c.request_id.in_(ids)))
    return len(ids)


def overdue(tx: Tx, older_than: timedelta, *, limit: int) -> list[UUID]:
    """Requests that have waited so long for an answer."""
    statement = (
        sa.select(data_request.c.id)
        .where(OPEN, data_request.c.requested_at <= sa.func.now() - older_than)
        .order_by(data_request.c.requested_at)
        .limit(limit)
    )
    return list(tx.session.scalars(statement))


def forget_old(tx: Tx, requests: timedelta, receipts: timedelta) -> int:
    """Delete rows that nobody can ask about any more; returns how many."""
    limit = sa.case(
        (data_request.c.status == RequestStatus.DONE, sa.func.now() - receipts), else_=sa.func.now() - requests
    )
    gone = sa.delete(data_request).where(~OPEN, data_request.c.closed_at < limit).returning(data_request.c.id)
    return len(tx.session.execute(gone).all())


def of_person(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """For the person's own export: what was asked for, and when."""
    r = data_request.c
    statement = sa.select(r.id, r.kind, r.status, r.requested_at, r.closed_at, r.expires_at).where(
        r.person_id == person_id
    )
    return [dict(row) for row in tx.session.execute(statement.order_by(r.requested_at)).mappings()]


def forget_exports(tx: Tx, person_id: UUID, besides: UUID) -> None:
    """Delete the person's requests but the erasure itself; their answers, pieces and files go with them."""
    tx.session.execute(
        sa.delete(data_request).where(data_request.c.person_id == person_id, data_request.c.id != besides)
    )
