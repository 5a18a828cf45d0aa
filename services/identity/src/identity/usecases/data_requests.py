"""A person asks for the own data, or to be erased, and follows how it goes (GDPR 15, 17, 20; B-21, J8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.ids import new_id
from chassis.transaction import Tx
from contracts.catalogue import SERVICES
from contracts.data_requests import DataRequestKind
from contracts.identity import DataRequestOpenedV1
from identity.domain.data_requests import (
    FIRST_STEP,
    MOST_A_DAY,
    Answered,
    DataExportExpired,
    DataExportNotFound,
    DataExportNotReady,
    DataExportUnderWay,
    DataRequest,
    DataRequestsTooMany,
    ErasureNotFound,
    ErasureUnderWay,
    RequestKind,
    RequestStatus,
    Step,
)
from identity.domain.errors import PersonNotFound
from identity.store import data_requests, persons
from identity.usecases.acting import acting_person, check_login_is_fresh
from identity.usecases.keys import Keys

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Erase:
    """The person means it."""

    confirm: bool


@dataclass(frozen=True, kw_only=True)
class PartView:
    """What a service has handed over."""

    service: str
    size: int


@dataclass(frozen=True, kw_only=True)
class ExportView:
    """An export as its person sees it."""

    id: UUID
    status: str
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size: int | None
    waiting_for: list[str]
    missing: list[str]
    parts: list[PartView]


@dataclass(frozen=True, kw_only=True)
class ReasonView:
    """Why somebody cannot be erased now."""

    service: str
    code: str
    text: str


@dataclass(frozen=True, kw_only=True)
class KeptView:
    """What stays, by what right, and to what last day (ISO date)."""

    what: str
    why: str
    until: str | None


@dataclass(frozen=True, kw_only=True)
class ReportView:
    """What one service has erased and kept."""

    service: str
    erased: list[str]
    kept: list[KeptView]


@dataclass(frozen=True, kw_only=True)
class ErasureView:
    """An erasure as its person sees it, and afterwards whoever has the receipt's number."""

    id: UUID
    status: str
    step: str
    requested_at: datetime
    closed_at: datetime | None
    waiting_for: list[str]
    reasons: list[ReasonView]
    reports: list[ReportView]


def open_export(tx: Tx) -> ExportView:
    """Ask every service for what it holds of the person who is logged in.

    Raises ``LoginTooOld`` unless BankID was used within fifteen minutes, ``DataExportUnderWay``,
    ``DataRequestsTooMany`` after three in 24 hours, ``ErasureUnderWay``.
    """
    return _export_view(*_open(tx, RequestKind.EXPORT))


def open_erasure(tx: Tx, cmd: Erase) -> ErasureView:
    """Ask every service what stands against erasing the person; where nothing does, all of them erase.

    Raises as ``open_export``.
    """
    del cmd  # nothing but true gets here
    return _erasure_view(*_open(tx, RequestKind.ERASURE), tx.locale)


def _open(tx: Tx, kind: RequestKind) -> tuple[DataRequest, list[Answered]]:
    person = persons.lock(tx, acting_person(tx))
    if person is None:
        raise PersonNotFound
    check_login_is_fresh(tx, person.id)
    if data_requests.under_way(tx, person.id, RequestKind.ERASURE):
        raise ErasureUnderWay
    if data_requests.under_way(tx, person.id, kind):
        raise DataExportUnderWay
    wait = data_requests.wait_for_next(tx, person.id, kind, MOST_A_DAY, DAY)
    if wait is not None:
        raise DataRequestsTooMany(retry_after=max(1, math.ceil(wait.total_seconds())))
    request_id, step = new_id(), FIRST_STEP[kind]
    data_requests.add(
        tx,
        request_id=request_id,
        person_id=person.id,
        kind=kind,
        step=step,
        locale=person.locale,
        services=sorted(SERVICES),
    )
    tell_opened(tx, request_id, person.id, step)
    made = data_requests.lock(tx, request_id)
    assert made is not None  # noqa: S101 - written a moment ago
    return made, []


def tell_opened(tx: Tx, request_id: UUID, person_id: UUID, step: Step) -> None:
    """Ask; org-registry adds whose accounts it is about, and asks everybody."""
    tx.emit(
        DataRequestOpenedV1(request_id=request_id, kind=DataRequestKind(step.value), person_id=person_id),
        aggregate_id=request_id,
        version=2 if step is Step.ERASE else 1,
    )


def list_exports(tx: Tx, *, limit: int, page: int) -> tuple[list[ExportView], int]:
    """The person's exports, the newest first."""
    found, total = data_requests.page(tx, acting_person(tx), RequestKind.EXPORT, limit=limit, page=page)
    answered = data_requests.answers(tx, [request.id for request in found])
    return [_export_view(request, answered[request.id]) for request in found], total


def list_erasures(tx: Tx, *, limit: int, page: int) -> tuple[list[ErasureView], int]:
    """The person's erasures, the newest first: those that were refused, or are at work."""
    found, total = data_requests.page(tx, acting_person(tx), RequestKind.ERASURE, limit=limit, page=page)
    answered = data_requests.answers(tx, [request.id for request in found])
    return [_erasure_view(request, answered[request.id], tx.locale) for request in found], total


def show_export(tx: Tx, request_id: UUID) -> ExportView:
    """How the export goes; raises ``DataExportNotFound`` for another's."""
    request = _export(tx, request_id)
    return _export_view(request, data_requests.answers(tx, [request.id])[request.id])


def show_erasure(tx: Tx, request_id: UUID) -> ErasureView:
    """How the erasure goes; raises ``ErasureNotFound`` for another's."""
    request = data_requests.get(tx, request_id, RequestKind.ERASURE, acting_person(tx))
    if request is None:
        raise ErasureNotFound
    return _erasure_view(request, data_requests.answers(tx, [request.id])[request.id], tx.locale)


def show_receipt(tx: Tx, request_id: UUID) -> ErasureView:
    """What became of an erasure whose person is erased; raises ``ErasureNotFound``.

    Nobody can log in any more to read it, so its unguessable number is enough; nothing in it says who it was.
    """
    request = data_requests.receipt(tx, request_id)
    if request is None:
        raise ErasureNotFound
    return _erasure_view(request, data_requests.answers(tx, [request.id])[request.id], tx.locale)


def fetch_export(tx: Tx, keys: Keys, request_id: UUID) -> bytes:
    """The ZIP.

    Raises ``DataExportNotReady``, ``DataExportExpired`` seven days after it was ready, ``DataExportNotFound``.
    """
    request = _export(tx, request_id)
    if request.status is RequestStatus.COLLECTING:
        raise DataExportNotReady
    over = request.expires_at is None or request.expires_at <= tx.now
    sealed = None if over or request.status is not RequestStatus.READY else data_requests.file(tx, request.id)
    if sealed is None:
        raise DataExportExpired
    return keys.vault.open_bytes(sealed, place=file_place(request.id))


def file_place(request_id: UUID) -> str:
    """What a finished file is sealed for."""
    return f"data_export:{request_id}"


def _export(tx: Tx, request_id: UUID) -> DataRequest:
    request = data_requests.get(tx, request_id, RequestKind.EXPORT, acting_person(tx))
    if request is None:
        raise DataExportNotFound
    return request


def _waiting(request: DataRequest, answered: Sequence[Answered]) -> list[str]:
    if request.status is not RequestStatus.COLLECTING:
        return []
    return sorted(set(request.services) - {one.service for one in answered})


def _export_view(request: DataRequest, answered: Sequence[Answered]) -> ExportView:
    return ExportView(
        id=request.id,
        status=request.status.value,
        requested_at=request.requested_at,
        ready_at=request.closed_at,
        expires_at=request.expires_at,
        size=request.size,
        waiting_for=_waiting(request, answered),
        missing=sorted(request.missing),
        parts=[PartView(service=one.service, size=one.size) for one in answered],
    )


def _erasure_view(request: DataRequest, answered: Sequence[Answered], locale: str) -> ErasureView:
    def text(value: object) -> str:
        assert isinstance(value, dict)  # noqa: S101 - both languages, by the event's schema
        return str(value[locale if locale == "en" else "sv"])

    refused = request.status is RequestStatus.REFUSED
    erasing = request.step is Step.ERASE
    return ErasureView(
        id=request.id,
        status=request.status.value,
        step=request.step.value,
        requested_at=request.requested_at,
        closed_at=request.closed_at,
        waiting_for=_waiting(request, answered),
        reasons=[
            ReasonView(service=one.service, code=str(reason["code"]), text=text(reason["text"]))
            for one in answered
            for reason in one.objections
            if refused
        ],
        reports=[
            ReportView(
                service=one.service,
                erased=[text(what) for what in one.erased],
                kept=[
                    KeptView(
                        what=text(kept["what"]),
                        why=text(kept["why"]),
                        until=None if kept["until"] is None else str(kept["until"]),
                    )
                    for kept in one.kept
                ],
            )
            for one in answered
            if erasing
        ],
    )
