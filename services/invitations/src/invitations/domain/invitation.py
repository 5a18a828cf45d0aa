"""The life of an invitation: one row, one table of moves (state machine 6.1). The clock is always given (D7).

Each move returns the invitation as it is afterwards; ``store.replace`` keeps it only if nobody else was first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.errors import InvalidTransition
from invitations.domain.errors import (
    ApproverIsAcceptor,
    InvitationAddressForgotten,
    InvitationAlreadyUsed,
    InvitationApprovalExpired,
    InvitationAwaitsDecision,
    InvitationDeclined,
    InvitationDenied,
    InvitationExpired,
    InvitationForSomebodyElse,
    InvitationNotAccepted,
    InvitationNotOpen,
    InvitationOwn,
    InvitationRevoked,
    InvitationSettled,
    InvitationUsedByOther,
)
from invitations.domain.rights import Grant

ACCEPT_WITHIN = timedelta(hours=72)
"""T47. Exactly 72 hours after sending is too late (D7)."""
APPROVE_WITHIN = timedelta(days=30)
"""D3. Exactly 30 days after the acceptance is too late."""
REMEMBER_ADDRESS = timedelta(days=90)
"""How long after the last mail an invitation can be renewed; then the address is erased."""


class Status(StrEnum):
    """Where an invitation is in its life."""

    SENT = "sent"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    GRANT_REFUSED = "grant-refused"
    """Approved, and then not let in: the right behind it had ended meanwhile (C7)."""
    DENIED = "denied"
    DECLINED = "declined"
    EXPIRED = "expired"
    APPROVAL_EXPIRED = "approval-expired"
    REVOKED = "revoked"


class Refusal(StrEnum):
    """Why org-registry let nobody in by an approved invitation."""

    NOT_HELD = "not-held"
    TOO_WIDE = "too-wide"
    ENDED = "ended"
    ALREADY_MEMBER = "already-member"


class Act(StrEnum):
    """What can happen to it."""

    ACCEPT = "accept"
    DECLINE = "decline"
    APPROVE = "approve"
    REFUSE = "refuse"
    """Org-registry says no to what was approved (D4)."""
    DENY = "deny"
    REVOKE = "revoke"
    VOID = "void"
    """The inviter has lost access (D6)."""
    RENEW = "renew"
    LAPSE = "lapse"
    """Time has run out."""


MOVES: dict[tuple[Act, Status], Status] = {
    (Act.ACCEPT, Status.SENT): Status.ACCEPTED,
    (Act.DECLINE, Status.SENT): Status.DECLINED,
    (Act.APPROVE, Status.ACCEPTED): Status.APPROVED,
    (Act.REFUSE, Status.APPROVED): Status.GRANT_REFUSED,
    (Act.DENY, Status.ACCEPTED): Status.DENIED,
    (Act.REVOKE, Status.SENT): Status.REVOKED,
    (Act.VOID, Status.SENT): Status.REVOKED,
    (Act.VOID, Status.ACCEPTED): Status.REVOKED,
    (Act.RENEW, Status.SENT): Status.SENT,
    (Act.RENEW, Status.EXPIRED): Status.SENT,
    (Act.RENEW, Status.APPROVAL_EXPIRED): Status.SENT,
    (Act.LAPSE, Status.SENT): Status.EXPIRED,
    (Act.LAPSE, Status.ACCEPTED): Status.APPROVAL_EXPIRED,
}
"""Everything that may happen. What is not here is refused."""

OPEN = frozenset({Status.SENT, Status.ACCEPTED})
RENEWABLE = frozenset(status for act, status in MOVES if act is Act.RENEW)
WITH_ACCEPTOR = frozenset({Status.ACCEPTED, Status.APPROVED})
"""States in which the acceptor's name and birth year are kept (D5); every other one has erased them (C12)."""

ANSWERED: dict[Status, type[Exception]] = {
    Status.DECLINED: InvitationDeclined,
    Status.EXPIRED: InvitationExpired,
    Status.REVOKED: InvitationRevoked,
}
MANAGED: dict[Act, dict[Status, type[Exception]]] = {
    Act.APPROVE: {
        Status.SENT: InvitationNotAccepted,
        Status.EXPIRED: InvitationNotAccepted,
        Status.APPROVAL_EXPIRED: InvitationApprovalExpired,
    },
    Act.REVOKE: {
        Status.ACCEPTED: InvitationAwaitsDecision,
        Status.EXPIRED: InvitationNotOpen,
        Status.APPROVAL_EXPIRED: InvitationNotOpen,
    },
    Act.RENEW: {Status.ACCEPTED: InvitationAwaitsDecision},
}
MANAGED[Act.DENY] = MANAGED[Act.APPROVE]


@dataclass(frozen=True, kw_only=True)
class Acceptor:
    """Who accepted, as BankID says (D5). The name stands here sealed."""

    person_id: UUID
    sealed_name: bytes | None
    birth_year: int | None


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An invitation to act for one account. ``status`` is as stored: ask ``status_at``."""

    id: UUID
    account_id: UUID
    inviter_id: UUID
    inviter_membership_id: UUID
    """The membership that he invited by: with its end the invitation ends (D6), and not with that of another one."""
    status: Status
    address_masked: str
    address_sealed: bytes | None
    """For renewals; erased as soon as none is possible."""
    address_hash: bytes | None
    """Keyed hash of the mailbox, which limits and "already invited" go by."""
    grant: Grant
    token_hash: bytes
    """SHA-256 of the secret in the newest link; the secret itself is in the mail and nowhere else."""
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    acceptor: Acceptor | None = None
    accepted_at: datetime | None = None
    approve_before: datetime | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    refusal: Refusal | None = None
    person_binding: UUID | None = None
    """What identity knows the one person by who can accept, where the inviter gave a personal number (FC2)."""
    sign_order_id: UUID | None = None  # and ``signed_at``: of an approval that was signed with BankID (FC14)
    signed_at: datetime | None = None
    version: int = 1

    @classmethod
    def issue(cls, *, now: datetime, **values: Any) -> Invitation:
        """A new invitation, sent ``now``: acceptable for 72 hours (T47)."""
        return cls(status=Status.SENT, created_at=now, sent_at=now, expires_at=now + ACCEPT_WITHIN, **values)

    def status_at(self, now: datetime) -> Status:
        """The state as the clock has it: a deadline counts from its very instant, whether or not a job has run (D7)."""
        if self.status is Status.SENT and now >= self.expires_at:
            return Status.EXPIRED
        if self.status is Status.ACCEPTED and self.approve_before is not None and now >= self.approve_before:
            return Status.APPROVAL_EXPIRED
        return self.status

    def check_link(self, person_id: UUID | None, now: datetime) -> None:
        """Raise what has become of the link unless it can still be answered (B-24).

        ``person_id`` is None where nobody is logged in: then who used it is not told.
        """
        if person_id == self.inviter_id:
            raise InvitationOwn
        status = self.status_at(now)
        if status is Status.SENT:
            return
        if status in ANSWERED and self.acceptor is None:
            raise ANSWERED[status]
        if person_id is None:
            raise InvitationAlreadyUsed
        if self.acceptor is not None and self.acceptor.person_id != person_id:
            raise InvitationUsedByOther
        own: dict[Status, type[Exception]] = {
            Status.DENIED: InvitationDenied,
            Status.GRANT_REFUSED: InvitationRevoked,
            Status.APPROVAL_EXPIRED: InvitationApprovalExpired,
            Status.REVOKED: InvitationRevoked,
        }
        raise own.get(status, InvitationAlreadyUsed)

    def check_person(self, *, is_meant: bool) -> None:
        """Raise ``InvitationForSomebodyElse`` where it is bound to a person, and this is not the one (FC2, C12)."""
        if self.person_binding is not None and not is_meant:
            raise InvitationForSomebodyElse

    def accept(self, acceptor: Acceptor, now: datetime, *, is_meant: bool = False) -> Invitation:
        """The person who holds the link says yes. No access yet: somebody must approve (T51, D3)."""
        self.check_link(acceptor.person_id, now)
        self.check_person(is_meant=is_meant)
        return self._move(Act.ACCEPT, now, acceptor=acceptor, accepted_at=now, approve_before=now + APPROVE_WITHIN)

    def decline(self, now: datetime) -> Invitation:
        """Whoever holds the link says no."""
        self.check_link(None, now)
        return self._move(Act.DECLINE, now, decided_at=now)

    def approve(
        self, by: UUID, now: datetime, *, sign_order_id: UUID | None = None, signed_at: datetime | None = None
    ) -> Invitation:
        """Let the acceptor in; never by himself (D4). With the signature's order and time where it was signed."""
        self._check_managed(Act.APPROVE, now)
        self._check_not_acceptor(by)
        signed = {"sign_order_id": sign_order_id, "signed_at": signed_at}
        return self._move(Act.APPROVE, now, decided_by=by, decided_at=now, **signed)

    def refuse(self, reason: Refusal, now: datetime) -> Invitation:
        """The acceptor was not let in after all; what is known of him is erased (C12)."""
        return self._move(Act.REFUSE, now, refusal=reason)

    def deny(self, by: UUID, now: datetime) -> Invitation:
        """Do not let the acceptor in (T52); what is known of him is erased (C12)."""
        self._check_managed(Act.DENY, now)
        self._check_not_acceptor(by)
        return self._move(Act.DENY, now, decided_by=by, decided_at=now)

    def revoke(self, by: UUID, now: datetime) -> Invitation:
        """Take it back before anybody has accepted."""
        self._check_managed(Act.REVOKE, now)
        return self._move(Act.REVOKE, now, decided_by=by, decided_at=now)

    def void(self, now: datetime) -> Invitation:
        """End it because the inviter has lost access (D6)."""
        return self._move(Act.VOID, now, decided_at=now)

    def renew(self, token_hash: bytes, now: datetime) -> Invitation:
        """A new link for another 72 hours; the old one is dead, and an acceptance that ran out is forgotten (D7)."""
        self.renewable_address(now)
        return self._move(
            Act.RENEW,
            now,
            token_hash=token_hash,
            sent_at=now,
            expires_at=now + ACCEPT_WITHIN,
            acceptor=None,
            accepted_at=None,
            approve_before=None,
        )

    def renewable_address(self, now: datetime) -> tuple[bytes, bytes]:
        """The sealed address and the mailbox's hash; raises why it cannot be renewed."""
        self._check_managed(Act.RENEW, now)
        if self.address_sealed is None or self.address_hash is None:
            raise InvitationAddressForgotten
        return self.address_sealed, self.address_hash

    def lapse(self, now: datetime) -> Invitation:
        """Write down that the time has run out; the row stays (D7)."""
        status = self.status_at(now)
        if status is self.status or (Act.LAPSE, self.status) not in MOVES:
            raise InvalidTransition
        return self._keep(status)

    def _check_managed(self, act: Act, now: datetime) -> None:
        status = self.status_at(now)
        if (act, status) not in MOVES:
            raise MANAGED[act].get(status, InvitationSettled)

    def _check_not_acceptor(self, person_id: UUID) -> None:
        if self.acceptor is not None and self.acceptor.person_id == person_id:
            raise ApproverIsAcceptor

    def _move(self, act: Act, now: datetime, **changes: Any) -> Invitation:
        target = MOVES.get((act, self.status_at(now)))
        if target is None:
            raise InvalidTransition
        return self._keep(target, **changes)

    def _keep(self, status: Status, **changes: Any) -> Invitation:
        after = replace(self, status=status, version=self.version + 1, **changes)
        if status not in OPEN | RENEWABLE:
            after = replace(after, address_sealed=None, address_hash=None)
        if status not in WITH_ACCEPTOR and after.acceptor is not None:
            forgotten = Acceptor(person_id=after.acceptor.person_id, sealed_name=None, birth_year=None)
            after = replace(after, acceptor=forgotten)
        return after
