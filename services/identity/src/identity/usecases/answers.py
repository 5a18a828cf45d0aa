"""The services' answers: taken in any order, twice or late; the last one that was missing finishes the step (ADR 0014).

Everything that is decided is decided with the request's row held, so that of two answers at once one is the last.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from chassis.privacy import Privacy, Subject, join
from chassis.sealing import CannotUnseal
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.data_requests import COORDINATOR, DataRequestAnswered, DataRequestKind
from contracts.identity import DataExportReadyV1, ErasureRefusedV1, UserErasedV1
from identity.domain.data_requests import (
    KEPT,
    NO_ANSWER,
    RECEIPTS_KEPT,
    ROWS_KEPT,
    WAITS_AT_MOST,
    Answered,
    DataRequest,
    RequestStatus,
    Step,
)
from identity.domain.packing import Part, pack
from identity.store import data_requests, persons
from identity.usecases.contacts import contact_of
from identity.usecases.data_requests import file_place, tell_opened
from identity.usecases.keys import Keys
from identity.usecases.privacy import make_privacy

log = logger(__name__)
BATCH = 100


def answer_for_identity(tx: Tx, keys: Keys, subject: Subject, kind: DataRequestKind) -> None:
    """Identity's own part. An erasure is no question here: its part was the first that was done."""
    request = data_requests.lock(tx, subject.request_id)
    if request is None or request.status is not RequestStatus.COLLECTING or kind.value != request.step.value:
        return
    if kind is DataRequestKind.ERASURE:
        return
    for piece in make_privacy(keys).pieces(tx, subject, kind):
        take_answer(tx, keys, COORDINATOR, piece)


def take_answer(tx: Tx, keys: Keys, service: str, answer: DataRequestAnswered) -> None:
    """Keep one piece of a service's answer; with the last one of all, finish.

    What is not (or no longer) asked for is dropped: an answer to an earlier step, to a request that is closed, from a
    service that was not asked.
    """
    request = data_requests.lock(tx, answer.request_id)
    if (
        request is None
        or request.status is not RequestStatus.COLLECTING
        or answer.kind.value != request.step.value
        or service not in request.services
    ):
        log.info("data-answer-dropped", service=service, request_id=str(answer.request_id))
        return
    if answer.sealed is not None:
        have = data_requests.put_part(tx, request.id, service, answer.answer_id, answer.part, answer.sealed)
        if have < answer.parts:
            return
    data_requests.put_answer(
        tx,
        request.id,
        answer.answer_id,
        Answered(
            service=service,
            size=data_requests.size_of(tx, request.id, service, answer.answer_id),
            **_report(answer),
        ),
    )
    answered = data_requests.answers(tx, [request.id])[request.id]
    if set(request.services) <= {one.service for one in answered}:
        _finish(tx, keys, request, answered)


def overdue(tx: Tx) -> list[UUID]:
    """Requests that have waited for seven days."""
    data_requests.forget_old(tx, ROWS_KEPT, RECEIPTS_KEPT)
    return data_requests.overdue(tx, WAITS_AT_MOST, limit=BATCH)


def close_overdue(tx: Tx, keys: Keys, request_id: UUID) -> None:
    """Do not wait any longer: the export is told as incomplete; what was to be erased is not.

    An erasure that has begun goes on, however long a service is away; somebody has to look into it.
    """
    request = data_requests.lock(tx, request_id)
    if request is None or request.status is not RequestStatus.COLLECTING:
        return
    answered = data_requests.answers(tx, [request.id])[request.id]
    missing = sorted(set(request.services) - {one.service for one in answered})
    log.error("data-request-overdue", request_id=str(request.id), step=request.step, missing=missing)
    match request.step:
        case Step.EXPORT:
            _pack(tx, keys, request, answered)
        case Step.CHECK:
            silent = Answered(service=COORDINATOR, size=0, objections=(NO_ANSWER,))
            _refuse(tx, request, missing=missing, reasons=[*answered, silent])


def expire_files(tx: Tx) -> int:
    """Delete files whose seven days are over; returns how many."""
    return data_requests.expire(tx)


def _finish(tx: Tx, keys: Keys, request: DataRequest, answered: Sequence[Answered]) -> None:
    match request.step:
        case Step.EXPORT:
            _pack(tx, keys, request, answered)
        case Step.CHECK if any(one.objections for one in answered):
            _refuse(tx, request, missing=[], reasons=answered)
        case Step.CHECK:
            _begin_erasing(tx, keys, request)
        case Step.ERASE:
            _end_erasing(tx, request)


def _pack(tx: Tx, keys: Keys, request: DataRequest, answered: Sequence[Answered]) -> None:
    parts = [part for one in answered if (part := _part(tx, keys, request.id, one.service)) is not None]
    missing = sorted(set(request.services) - {part.service for part in parts})
    file = pack(parts, at=tx.now, missing=missing)
    data_requests.put_file(tx, request.id, keys.vault.seal(file, place=file_place(request.id)))
    data_requests.forget_parts(tx, request.id)
    data_requests.change(
        tx,
        request.id,
        status=RequestStatus.READY,
        closed_at=tx.now,
        expires_at=tx.now + KEPT,
        missing=missing,
        size=len(file),
    )
    assert request.person_id is not None  # noqa: S101 - only an erasure forgets it
    tx.emit(
        DataExportReadyV1(
            request_id=request.id,
            person_id=request.person_id,
            missing=tuple(missing),
            expires_at=tx.now + KEPT,
        ),
        aggregate_id=request.id,
        version=2,
    )


def _part(tx: Tx, keys: Keys, request_id: UUID, service: str) -> Part | None:
    # What cannot be read is told as missing: the person gets the rest, and we have an error to look into.
    if keys.unsealer is None:
        message = "only the worker can open what was exported"
        raise RuntimeError(message)
    try:
        pieces = [keys.unsealer.unseal(sealed)["piece"] for sealed in data_requests.pieces(tx, request_id, service)]
        files = json.loads(join(pieces))["files"]
    except (CannotUnseal, ValueError, KeyError, TypeError) as error:
        log.error("data-part-unreadable", service=service, request_id=str(request_id), error=type(error).__name__)  # noqa: TRY400
        return None
    return Part(service=service, files=files)


def _refuse(tx: Tx, request: DataRequest, *, missing: list[str], reasons: Sequence[Answered]) -> None:
    data_requests.forget_answers(tx, request.id)
    for reason in reasons:
        if reason.objections:
            data_requests.put_answer(tx, request.id, request.id, reason)
    data_requests.change(tx, request.id, status=RequestStatus.REFUSED, closed_at=tx.now, missing=missing)
    if request.person_id is not None:
        tx.emit(
            ErasureRefusedV1(request_id=request.id, person_id=request.person_id),
            aggregate_id=request.id,
            version=2,
        )


def _begin_erasing(tx: Tx, keys: Keys, request: DataRequest) -> None:
    """Nobody objects: identity goes first, and then asks the others.

    From this commit the person has no session and comes back, if ever, as a stranger; so nothing new is written while
    the others erase.
    """
    person_id = request.person_id
    person = persons.lock(tx, person_id) if person_id else None
    if person is None or person_id is None:
        _refuse(tx, request, missing=[], reasons=[])
        return
    email, _ = contact_of(keys, person)
    data_requests.forget_answers(tx, request.id)
    data_requests.change(
        tx,
        request.id,
        step=Step.ERASE,
        sealed_recipient=keys.sealer.seal({"email": email}) if email else None,
        locale=person.locale,
    )
    subject = Subject(request_id=request.id, person_id=person_id, account_ids=())
    privacy: Privacy = make_privacy(keys)
    for piece in privacy.pieces(tx, subject, DataRequestKind.ERASURE):
        data_requests.put_answer(
            tx, request.id, piece.answer_id, Answered(service=COORDINATOR, size=0, **_report(piece))
        )
    tell_opened(tx, request.id, person_id, Step.ERASE)


def _end_erasing(tx: Tx, request: DataRequest) -> None:
    person_id = request.person_id
    data_requests.change(
        tx, request.id, status=RequestStatus.DONE, closed_at=tx.now, person_id=None, sealed_recipient=None
    )
    if person_id is not None:
        tx.emit(
            UserErasedV1(
                request_id=request.id,
                person_id=person_id,
                sealed_recipient=request.sealed_recipient,
                locale=request.locale,
                erased_at=tx.now,
            ),
            aggregate_id=request.id,
            version=3,
        )


def _report(answer: DataRequestAnswered) -> dict[str, Any]:
    plain = msgspec.to_builtins({name: getattr(answer, name) for name in ("objections", "erased", "kept")})
    return {name: tuple(values) for name, values in plain.items()}


__all__ = ["answer_for_identity", "close_overdue", "expire_files", "overdue", "take_answer"]
