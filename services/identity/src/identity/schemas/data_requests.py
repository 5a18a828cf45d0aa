"""Requests and answers about the person's own data."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from chassis.http.problems import Text
from chassis.http.schemas import Answer, Instant, Strict
from identity.domain.data_requests import RequestStatus
from identity.usecases.data_requests import Erase

WAITING = {"description": "Tjänster som inte har svarat än / services that have not answered yet"}


class Meant(ma.fields.Field[bool]):
    """Nothing but JSON ``true``: what cannot be undone is not asked for by accident."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        del attr, data, kwargs
        if value is not True:
            raise ma.ValidationError(
                Text("Bekräfta att dina uppgifter ska raderas.", "Confirm that your data is to be erased.")
            )
        return True


class EraseMe(Strict):
    """The person means it."""

    command = Erase

    confirm = Meant(required=True, metadata={"type": "boolean", "const": True})


class DataPart(Answer):
    """What one service has handed over."""

    service = ma.fields.String(required=True)
    size = ma.fields.Integer(required=True, metadata={"description": "Characters, sealed"})


class DataExport(Answer):
    """An export of the own data."""

    id = ma.fields.UUID(required=True)
    status = ma.fields.String(
        required=True,
        metadata={"enum": [RequestStatus.COLLECTING.value, RequestStatus.READY.value, RequestStatus.EXPIRED.value]},
    )
    requested_at = Instant(required=True)
    ready_at = Instant(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True, metadata={"description": "The file is removed then"})
    size = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "Bytes of the file"})
    waiting_for = ma.fields.List(ma.fields.String(), required=True, metadata=WAITING)
    missing = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "Services that had not answered within seven days; the file is without them"},
    )
    parts = ma.fields.List(ma.fields.Nested(DataPart), required=True)


class KeptData(Answer):
    """What an erasure leaves."""

    what = ma.fields.String(required=True)
    why = ma.fields.String(required=True)
    until = ma.fields.String(
        required=True, allow_none=True, metadata={"format": "date", "description": "The last day; null: no fixed day"}
    )


class ErasureReport(Answer):
    """What one service has erased and kept."""

    service = ma.fields.String(required=True)
    erased = ma.fields.List(ma.fields.String(), required=True)
    kept = ma.fields.List(ma.fields.Nested(KeptData), required=True)


class ErasureReason(Answer):
    """What stands against erasing."""

    service = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    text = ma.fields.String(required=True)


class Erasure(Answer):
    """An erasure: first every service is asked whether anything stands against it, then all erase."""

    id = ma.fields.UUID(required=True)
    status = ma.fields.String(
        required=True,
        metadata={"enum": [RequestStatus.COLLECTING.value, RequestStatus.DONE.value, RequestStatus.REFUSED.value]},
    )
    step = ma.fields.String(required=True, metadata={"enum": ["erasure-check", "erasure"]})
    requested_at = Instant(required=True)
    closed_at = Instant(required=True, allow_none=True)
    waiting_for = ma.fields.List(ma.fields.String(), required=True, metadata=WAITING)
    reasons = ma.fields.List(
        ma.fields.Nested(ErasureReason), required=True, metadata={"description": "Where the status is refused"}
    )
    reports = ma.fields.List(ma.fields.Nested(ErasureReport), required=True)


class Retention(Answer):
    """One kind of data: what is kept, how long and why."""

    service = ma.fields.String(required=True)
    what = ma.fields.String(required=True)
    kept_for = ma.fields.String(required=True)
    why = ma.fields.String(required=True)


class Retentions(Answer):
    """Everything that is kept of people, over all services (J10)."""

    items = ma.fields.List(ma.fields.Nested(Retention), required=True)
