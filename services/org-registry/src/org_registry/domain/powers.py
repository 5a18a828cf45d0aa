"""The life of a power of attorney: who starts the account of an organisation without a registered signatory (T34, D13).

draft -> submitted -> under-review -> approved, rejected, or needs-completion -> submitted again; approved -> expired or
revoked. The administrator withdraws a draft, a submitted one, or one that needs completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from org_registry.domain.power_errors import (
    ChecklistIncomplete,
    DocumentMissing,
    DocumentNotScanned,
    OwnPowerOfAttorney,
    PowerOfAttorneyState,
    PowerOfAttorneyTaken,
)

MOST_OPEN = 5
"""Open ones per person."""
UPLOADS, UPLOAD_WINDOW = 10, timedelta(hours=1)
"""Uploads per person in any stretch of an hour (C26)."""
KEEP_DRAFTS = timedelta(days=90)
"""A draft that nobody has touched for so long is withdrawn by itself (D18)."""
KEEP_REFUSED = timedelta(days=180)
"""So long the document of a rejected one is kept; a withdrawn one's goes at once."""


class PowerStatus(StrEnum):
    """Where it is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under-review"
    NEEDS_COMPLETION = "needs-completion"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Channel(StrEnum):
    """How it came: through Mina sidor, or by post or mail and registered by customer service (D13)."""

    DIGITAL = "digital"
    PAPER = "paper"


class Scan(StrEnum):
    """What the scanner says of a document. ``not-scanned``: there is none here, which production does not allow."""

    PENDING = "pending"
    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNED = "not-scanned"


class Action(StrEnum):
    """What can happen to it."""

    CREATE = "created"
    REGISTER = "registered"
    ADD_DOCUMENT = "document-added"
    SUBMIT = "submitted"
    COMPLETE = "completed"
    TAKE = "taken"
    APPROVE = "approved"
    REJECT = "rejected"
    ASK = "completion-requested"
    WITHDRAW = "withdrawn"
    EXPIRE = "expired"
    REVOKE = "revoked"


_S = PowerStatus
MOVES: Mapping[Action, tuple[frozenset[PowerStatus], PowerStatus]] = {
    Action.SUBMIT: (frozenset({_S.DRAFT, _S.NEEDS_COMPLETION}), _S.SUBMITTED),
    Action.COMPLETE: (frozenset({_S.NEEDS_COMPLETION}), _S.SUBMITTED),
    Action.TAKE: (frozenset({_S.SUBMITTED, _S.UNDER_REVIEW}), _S.UNDER_REVIEW),
    Action.APPROVE: (frozenset({_S.UNDER_REVIEW}), _S.APPROVED),
    Action.REJECT: (frozenset({_S.UNDER_REVIEW}), _S.REJECTED),
    Action.ASK: (frozenset({_S.UNDER_REVIEW}), _S.NEEDS_COMPLETION),
    Action.WITHDRAW: (frozenset({_S.DRAFT, _S.SUBMITTED, _S.NEEDS_COMPLETION}), _S.WITHDRAWN),
    Action.EXPIRE: (frozenset({_S.APPROVED}), _S.EXPIRED),
    Action.REVOKE: (frozenset({_S.APPROVED}), _S.REVOKED),
}
OPEN = frozenset({_S.DRAFT, _S.SUBMITTED, _S.UNDER_REVIEW, _S.NEEDS_COMPLETION})
"""Not decided yet."""
EDITABLE = frozenset({_S.DRAFT, _S.NEEDS_COMPLETION})
"""Where the administrator may add or exchange the document."""
CHECKLIST = ("organisation", "signatures", "dates", "administrator")
"""FK8: the organisation is in the register or of a kind without signatories; authorised board members have signed; the
dates hold; the administrator's name is the one on the paper."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """The signed paper, without its content."""

    id: UUID
    media_type: str
    size: int
    scan: Scan
    added_by: UUID
    added_at: datetime

    @property
    def may_be_opened(self) -> bool:
        """Whether anybody may look into it (C27)."""
        return self.scan in {Scan.CLEAN, Scan.NOT_SCANNED}


@dataclass(frozen=True, kw_only=True)
class Power:
    """A power of attorney as it is kept; names and numbers are sealed."""

    id: UUID
    organisation_index: bytes
    organisation_sealed: bytes = field(repr=False)
    organisation_name: str
    administrator_id: UUID
    details_sealed: bytes = field(repr=False)
    locale: str
    channel: Channel
    registered_by: UUID | None
    status: PowerStatus
    reviewer_id: UUID | None
    checked: tuple[str, ...] | None
    reason: str | None
    message: str | None
    ends_on: date | None
    account_id: UUID | None
    membership_id: UUID | None
    document: Document | None
    created_at: datetime
    submitted_at: datetime | None
    asked_at: datetime | None
    decided_at: datetime | None
    ended_at: datetime | None
    version: int


def after(action: Action, status: PowerStatus) -> PowerStatus:
    """The status that ``action`` leads to; raises ``PowerOfAttorneyState`` where it cannot be done."""
    sources, target = MOVES[action]
    if status not in sources:
        raise PowerOfAttorneyState
    return target


def check_submission(power: Power) -> PowerStatus:
    """Raise unless it can be sent in: with a document, and after a question with a newer one than the question."""
    target = after(Action.SUBMIT, power.status)
    document = power.document
    if document is None or document.scan is Scan.INFECTED:
        raise DocumentMissing
    if power.status is PowerStatus.NEEDS_COMPLETION and power.asked_at and document.added_at <= power.asked_at:
        raise DocumentMissing
    return target


def check_reviewer(power: Power, staff_id: UUID) -> None:
    """Nobody decides about himself, and whoever decides has taken it first."""
    if power.administrator_id == staff_id:
        raise OwnPowerOfAttorney
    if power.status is PowerStatus.UNDER_REVIEW and power.reviewer_id != staff_id:
        raise PowerOfAttorneyTaken


def check_approval(power: Power, staff_id: UUID, ticked: Mapping[str, bool]) -> PowerStatus:
    """Raise unless the reviewer may approve: every line is ticked (FK8), and there is a document, safe to open."""
    target = after(Action.APPROVE, power.status)
    check_reviewer(power, staff_id)
    if power.document is None or power.document.scan is Scan.INFECTED:
        raise DocumentMissing
    if not power.document.may_be_opened:
        raise DocumentNotScanned
    if not all(ticked.get(line, False) for line in CHECKLIST):
        raise ChecklistIncomplete(field="checklist")
    return target
