"""A sign order: another service wants one person's BankID signature under one document (domain facts 1.3, 1.11).

The order is the requester's question; each time the person's browser takes it up there is an attempt, which is a
``Login`` row like that of a login. A failed attempt may be followed by another; the order ends once.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

HASH_BYTES = 32
LONGEST_TEXT_BYTES = 30_000
"""UTF-8; BankID takes 40 000 characters of base64."""
VALID_MINUTES = (5, 60 * 24 * 30)
VALID_MINUTES_DEFAULT = 60 * 24
MOST_ATTEMPTS = 30
"""Starts of one order: more is a loop, not a person."""


class SignStatus(StrEnum):
    """State of a sign order."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


class SignFailure(StrEnum):
    """Why a sign order ended without a signature."""

    CANCELLED = "cancelled"
    """By the person."""
    WITHDRAWN = "withdrawn"
    """By the service that asked."""
    EXPIRED = "expired"
    OTHER_PERSON = "other-person"
    """Somebody else's BankID came back."""
    RISK_HIGH = "risk-high"
    PROOF_REFUSED = "proof-refused"


@dataclass(frozen=True, kw_only=True)
class SignOrder:
    """A row of the sign_order table."""

    id: UUID
    requested_by: str
    subject_id: UUID
    """What the requester knows it by: its case, its order."""
    person_id: UUID
    purpose: str
    document_sha256: bytes
    text_sealed: bytes = field(repr=False)
    status: str
    reason: str | None
    attempts: int
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    def status_at(self, now: datetime) -> str:
        """The state at ``now``; one whose time has run out has failed, whether or not anybody wrote it down."""
        over = self.status == SignStatus.PENDING and now >= self.expires_at
        return SignStatus.FAILED if over else self.status

    def reason_at(self, now: datetime) -> str | None:
        """Why it failed, at ``now``."""
        return SignFailure.EXPIRED if self.reason is None and self.status_at(now) == SignStatus.FAILED else self.reason


@dataclass(frozen=True, kw_only=True)
class SignTask:
    """What an attempt sends to BankID, opened for that moment."""

    sign_order_id: UUID
    text: str = field(repr=False)
    document_sha256: bytes
    personal_number: str = field(repr=False)

    @property
    def visible_data(self) -> str:
        """userVisibleData: base64 of what the app shows."""
        return base64.b64encode(self.text.encode()).decode()

    def non_visible_data(self, attempt_id: UUID) -> str:
        """userNonVisibleData: the document, our order and this attempt, signed with the text."""
        return non_visible_data(self.sign_order_id, attempt_id, self.document_sha256)


def non_visible_data(sign_order_id: UUID, attempt_id: UUID, document_sha256: bytes) -> str:
    """Base64 of canonical JSON, so that whoever reads a proof in ten years finds the hash by its name."""
    bound = {"attempt": str(attempt_id), "document_sha256": document_sha256.hex(), "sign_order": str(sign_order_id)}
    return base64.b64encode(json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()).decode()


def lasts(minutes: int) -> timedelta:
    """How long a sign order can be taken up."""
    return timedelta(minutes=minutes)
