"""What time does: write down what has run out, erase what is not needed any more."""

from __future__ import annotations

from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.invitations import InvitationExpiredV1
from invitations import store
from invitations.domain import Invitation, Status

log = logger(__name__)

BATCH = 100
EXPIRED = ("En inbjudan gick ut", "An invitation expired")
APPROVAL_EXPIRED = (
    "En accepterad inbjudan gick ut utan att godkännas",
    "An accepted invitation expired without being approved",
)


def expire_invitations(tx: Tx) -> int:
    """Write down and tell what has run out, one batch; returns how many. It is the clock that decides (D7)."""
    overdue = store.overdue(tx, limit=BATCH)
    for before in overdue:
        lapse(tx, before)
    return len(overdue)


def lapse(tx: Tx, before: Invitation) -> None:
    """Write down that the time of a locked invitation has run out, and tell of it."""
    made = before.lapse(tx.now)
    store.replace(tx, before, made)  # the row is locked
    after_acceptance = made.status is Status.APPROVAL_EXPIRED
    deadline = before.approve_before if after_acceptance else before.expires_at
    tx.emit(
        InvitationExpiredV1(
            invitation_id=made.id,
            account_id=made.account_id,
            inviter_id=made.inviter_id,
            expired_at=deadline or tx.now,
            after_acceptance=after_acceptance,
        ),
        aggregate_id=made.id,
        version=made.version,
    )
    text = APPROVAL_EXPIRED if after_acceptance else EXPIRED
    tx.record("expire_invitation", *text, account_id=made.account_id, subject_id=made.id)


def forget_addresses(tx: Tx) -> int:
    """Erase addresses that nobody can renew an invitation to any more; returns how many."""
    count = store.forget_addresses(tx)
    log.info("addresses-forgotten", count=count)
    return count
