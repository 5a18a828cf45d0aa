"""What the life of an invitation tells (T46, T51, B-07). A stale event tells nothing: its mail would mislead."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.transaction import Tx
from notify.store import notices, people
from notify.store.notices import Notice
from notify.usecases import telling

MAIL = ("invitation",)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something has happened to an invitation; ``version`` is that of the invitation after it."""

    event_id: UUID
    version: int
    invitation_id: UUID
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class Invite(Step):
    """Made or renewed: the sealed recipient holds the address and the link."""

    inviter_id: UUID
    sealed_recipient: str


@dataclass(frozen=True, kw_only=True)
class Accept(Step):
    """The invited person said yes."""

    inviter_id: UUID
    acceptor_id: UUID


@dataclass(frozen=True, kw_only=True)
class Deny(Step):
    """Not approved."""

    acceptor_id: UUID


@dataclass(frozen=True, kw_only=True)
class Decline(Step):
    """The invited person said no."""

    inviter_id: UUID


@dataclass(frozen=True, kw_only=True)
class Expire(Step):
    """Time ran out."""

    inviter_id: UUID
    after_acceptance: bool


@dataclass(frozen=True, kw_only=True)
class Revoke(Step):
    """Taken back; ``revoked_by`` None: by the system, because the inviter has lost access (D6)."""

    revoked_by: UUID | None
    inviter_id: UUID | None = None
    acceptor_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Refuse(Step):
    """Approved, and then not let in."""

    inviter_id: UUID
    approver_id: UUID | None
    acceptor_id: UUID


def invite(tx: Tx, cmd: Invite) -> None:
    """Mail the link to the invited address (T46). A renewal makes an earlier mail that has not gone out pointless."""
    newest = people.put_invitation(
        tx,
        cmd.invitation_id,
        version=cmd.version,
        account_id=cmd.account_id,
        inviter_id=cmd.inviter_id,
        sealed_recipient=cmd.sealed_recipient,
    )
    if newest:
        notices.suppress(tx, cmd.invitation_id, MAIL, "superseded")
        telling.tell(
            tx,
            Notice(
                event_id=cmd.event_id,
                template="invitation",
                invitation_id=cmd.invitation_id,
                sealed_recipient=cmd.sealed_recipient,
            ),
        )
    telling.take_up_invited(tx, cmd.invitation_id)


def accept(tx: Tx, cmd: Accept) -> None:
    """Ask the inviter to approve (T51)."""
    if _moved(tx, cmd, inviter_id=cmd.inviter_id, acceptor_id=cmd.acceptor_id):
        telling.tell(tx, _to(cmd, cmd.inviter_id, "invitation-accepted", account=True))


def deny(tx: Tx, cmd: Deny) -> None:
    """Tell the acceptor, with no more than that."""
    if _moved(tx, cmd, acceptor_id=cmd.acceptor_id):
        telling.tell(tx, _to(cmd, cmd.acceptor_id, "invitation-denied"))


def decline(tx: Tx, cmd: Decline) -> None:
    """Tell the inviter."""
    if _moved(tx, cmd, inviter_id=cmd.inviter_id):
        telling.tell(tx, _to(cmd, cmd.inviter_id, "invitation-declined", account=True))


def expire(tx: Tx, cmd: Expire) -> None:
    """Tell the inviter (T48), and the one who accepted and was never approved (D3)."""
    if not _moved(tx, cmd, inviter_id=cmd.inviter_id):
        return
    if not cmd.after_acceptance:
        telling.tell(tx, _to(cmd, cmd.inviter_id, "invitation-expired", account=True))
        return
    telling.tell(tx, _to(cmd, cmd.inviter_id, "approval-expired", account=True))
    known = people.get_invitation(tx, cmd.invitation_id)
    if known is not None and known.acceptor_id is not None:
        telling.tell(tx, _to(cmd, known.acceptor_id, "approval-lapsed"))


def revoke(tx: Tx, cmd: Revoke) -> None:
    """Tell whoever was invited, and the inviter if it was not he who did it (D6).

    Where somebody had accepted, those who answer for the account are told too: it was for them to approve.
    """
    if not _moved(tx, cmd, inviter_id=cmd.inviter_id, acceptor_id=cmd.acceptor_id):
        return
    known = people.get_invitation(tx, cmd.invitation_id)
    telling.tell(tx, _to(cmd, known.acceptor_id if known else None, "invitation-revoked"))
    if known is not None and known.inviter_id not in {None, cmd.revoked_by}:
        telling.tell(tx, _to(cmd, known.inviter_id, "invitation-withdrawn"))
    if cmd.revoked_by is None and known is not None and known.acceptor_id is not None:
        holders = set(people.people_of(tx, cmd.account_id, holders=True)) - {known.inviter_id, known.acceptor_id}
        telling.tell(tx, *(_to(cmd, holder, "invitation-void", account=True) for holder in sorted(holders)))


def refuse(tx: Tx, cmd: Refuse) -> None:
    """Tell the acceptor, and those who believe that he was let in."""
    if not _moved(tx, cmd, inviter_id=cmd.inviter_id, acceptor_id=cmd.acceptor_id):
        return
    deciding = sorted({cmd.inviter_id, cmd.approver_id or cmd.inviter_id})
    telling.tell(
        tx,
        _to(cmd, cmd.acceptor_id, "grant-refused-newcomer"),
        *(_to(cmd, person_id, "grant-refused", account=True) for person_id in deciding),
    )


def _moved(tx: Tx, cmd: Step, *, inviter_id: UUID | None = None, acceptor_id: UUID | None = None) -> bool:
    newest = people.put_invitation(
        tx,
        cmd.invitation_id,
        version=cmd.version,
        account_id=cmd.account_id,
        inviter_id=inviter_id,
        acceptor_id=acceptor_id,
    )
    notices.suppress(tx, cmd.invitation_id, MAIL, "superseded")
    return newest


def _to(cmd: Step, person_id: UUID | None, template: str, *, account: bool = False) -> Notice:
    # The invitation is the way to the address of somebody who has given none; an inviter always has an own one.
    return Notice(
        event_id=cmd.event_id,
        template=template,
        person_id=person_id,
        invitation_id=None if account else cmd.invitation_id,
        account_id=cmd.account_id if account else None,
        object_id=cmd.invitation_id,
    )
