"""Invitations and their links: named queries. Every change is guarded by the version that was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, and_, delete, func, insert, or_, select, text, update
from sqlalchemy.sql.elements import ColumnElement

from chassis.transaction import Tx
from invitations.domain import OPEN, REMEMBER_ADDRESS, Acceptor, Grant, Invitation, Refusal, Status
from invitations.store.tables import invitation, sending


def add(tx: Tx, made: Invitation) -> None:
    """Keep a new invitation; raises ``InvitationAlreadyOpen`` (at the latest with the commit)."""
    tx.session.execute(insert(invitation).values(**_values(made)))


def replace(tx: Tx, before: Invitation, after: Invitation) -> bool:
    """Keep ``after`` if the row is still ``before``; False where somebody else was first.

    One statement decides, so of any number who answer at once exactly one wins. The deadline needs no condition here:
    ``after`` was decided by ``tx.now``, and that is what ``now()`` is in this statement.
    """
    result = tx.session.execute(
        update(invitation)
        .where(
            invitation.c.id == before.id,
            invitation.c.account_id == before.account_id,
            invitation.c.status == before.status.value,
            invitation.c.version == before.version,
        )
        .values(**_values(after))
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - for the type checker
    return result.rowcount == 1


def get(tx: Tx, account_id: UUID, invitation_id: UUID) -> Invitation | None:
    """The invitation of this account; one of another account does not exist here (Keycloak #47080)."""
    return _one(tx, and_(invitation.c.id == invitation_id, invitation.c.account_id == account_id))


def by_link(tx: Tx, token_hash: bytes) -> tuple[Invitation, bool] | None:
    """The invitation that a link was sent for, and whether it is the newest link."""
    found = _one(
        tx,
        invitation.c.id == select(sending.c.invitation_id).where(sending.c.token_hash == token_hash).scalar_subquery(),
    )
    return (found, found.token_hash == token_hash) if found else None


def page(tx: Tx, account_id: UUID, *, inviter_id: UUID | None, limit: int, offset: int) -> tuple[list[Invitation], int]:
    """Newest first, with the number of all, in one statement; ``inviter_id`` keeps to one person's own (T50)."""
    query = select(*invitation.c, func.count().over().label("total")).where(invitation.c.account_id == account_id)
    if inviter_id is not None:
        query = query.where(invitation.c.inviter_id == inviter_id)
    rows = tx.session.execute(
        query.order_by(invitation.c.created_at.desc(), invitation.c.id.desc()).limit(limit).offset(offset)
    ).all()
    return [_invitation(row) for row in rows], rows[0].total if rows else 0


def lock(tx: Tx, invitation_id: UUID) -> Invitation | None:
    """An invitation of any account, locked: only for what org-registry tells."""
    found = _many(tx, invitation.c.id == invitation_id)
    return found[0] if found else None


def open_of_membership(tx: Tx, membership_id: UUID) -> list[Invitation]:
    """Open invitations made by a membership, locked."""
    return _many(
        tx, and_(invitation.c.inviter_membership_id == membership_id, invitation.c.status.in_([s.value for s in OPEN]))
    )


def open_of_person(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> list[Invitation]:
    """Open invitations that the person made or accepted, and those to the accounts; locked."""
    mine = or_(
        invitation.c.inviter_id == person_id,
        invitation.c.acceptor_id == person_id,
        invitation.c.account_id.in_(account_ids),
    )
    return _many(tx, and_(mine, invitation.c.status.in_([status.value for status in OPEN])))


def overdue_to_mailbox(tx: Tx, account_id: UUID, inviter_id: UUID, address_hash: bytes) -> list[Invitation]:
    """A person's invitations to a mailbox whose time has run out and that no job has seen yet, locked."""
    return _many(
        tx,
        and_(
            invitation.c.account_id == account_id,
            invitation.c.inviter_id == inviter_id,
            invitation.c.address_hash == address_hash,
            _overdue(),
        ),
    )


def overdue(tx: Tx, *, limit: int) -> list[Invitation]:
    """Invitations whose time has run out, locked; those that somebody else is at are left to him."""
    return _many(tx, _overdue(), limit=limit, skip_locked=True)


def _overdue() -> ColumnElement[bool]:
    return or_(
        and_(invitation.c.status == Status.SENT.value, invitation.c.expires_at <= func.now()),
        and_(invitation.c.status == Status.ACCEPTED.value, invitation.c.approve_before <= func.now()),
    )


# -- mails -------------------------------------------------------------------------------------------------------


def lock_sending(tx: Tx, account_id: UUID, address_hash: bytes) -> None:
    """One at a time counts and sends for an account, and for a mailbox; always in this order."""
    for key in (f"account:{account_id}", f"mailbox:{address_hash.hex()}"):
        tx.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


def note_sending(tx: Tx, made: Invitation, *, address_hash: bytes, sent_by: UUID) -> None:
    """Write down a mail with its link's hash."""
    tx.session.execute(
        insert(sending).values(
            token_hash=made.token_hash,
            invitation_id=made.id,
            account_id=made.account_id,
            address_hash=address_hash,
            sent_by=sent_by,
            sent_at=made.sent_at,
        )
    )


def nth_newest_sending(
    tx: Tx, number: int, within: timedelta, *, account_id: UUID | None = None, address_hash: bytes | None = None
) -> datetime | None:
    """When the ``number``-th newest mail of the account (or to the mailbox) was sent, if within ``within``."""
    mine = sending.c.address_hash == address_hash if account_id is None else sending.c.account_id == account_id
    return tx.session.execute(
        select(sending.c.sent_at)
        .where(mine, sending.c.sent_at > func.now() - within)
        .order_by(sending.c.sent_at.desc())
        .offset(number - 1)
        .limit(1)
    ).scalar()


def forget_addresses(tx: Tx) -> int:
    """Erase addresses (and hashes of them) that are older than an invitation can be renewed; returns how many."""
    old = func.now() - REMEMBER_ADDRESS
    result = tx.session.execute(
        update(invitation)
        .where(
            invitation.c.address_sealed.is_not(None),
            invitation.c.sent_at <= old,
            invitation.c.status.in_([Status.EXPIRED.value, Status.APPROVAL_EXPIRED.value]),
        )
        .values(address_sealed=None, address_hash=None, version=invitation.c.version + 1)
    )
    tx.session.execute(delete(sending).where(sending.c.sent_at <= old))
    assert isinstance(result, CursorResult)  # noqa: S101 - for the type checker
    return result.rowcount


# -- rows --------------------------------------------------------------------------------------------------------


def _one(tx: Tx, condition: ColumnElement[bool]) -> Invitation | None:
    row = tx.session.execute(select(invitation).where(condition)).one_or_none()
    return _invitation(row) if row else None


def _many(
    tx: Tx, condition: ColumnElement[bool], *, limit: int | None = None, skip_locked: bool = False
) -> list[Invitation]:
    rows: Sequence[Row[Any]] = tx.session.execute(
        select(invitation)
        .where(condition)
        .order_by(invitation.c.id)
        .limit(limit)
        .with_for_update(skip_locked=skip_locked)
    ).all()
    return [_invitation(row) for row in rows]


def _values(made: Invitation) -> dict[str, Any]:
    acceptor = made.acceptor
    return {
        "id": made.id,
        "account_id": made.account_id,
        "inviter_id": made.inviter_id,
        "inviter_membership_id": made.inviter_membership_id,
        "status": made.status.value,
        "address_masked": made.address_masked,
        "address_sealed": made.address_sealed,
        "address_hash": made.address_hash,
        "read_only": made.grant.read_only,
        "services": None if made.grant.services is None else sorted(made.grant.services),
        "ends_on": made.grant.ends_on,
        "token_hash": made.token_hash,
        "created_at": made.created_at,
        "sent_at": made.sent_at,
        "expires_at": made.expires_at,
        "acceptor_id": acceptor.person_id if acceptor else None,
        "acceptor_name_sealed": acceptor.sealed_name if acceptor else None,
        "acceptor_birth_year": acceptor.birth_year if acceptor else None,
        "accepted_at": made.accepted_at,
        "approve_before": made.approve_before,
        "decided_by": made.decided_by,
        "decided_at": made.decided_at,
        "refusal": made.refusal.value if made.refusal else None,
        "person_binding": made.person_binding,
        "sign_order_id": made.sign_order_id,
        "signed_at": made.signed_at,
        "version": made.version,
    }


def _invitation(row: Any) -> Invitation:
    return Invitation(
        id=row.id,
        account_id=row.account_id,
        inviter_id=row.inviter_id,
        inviter_membership_id=row.inviter_membership_id,
        status=Status(row.status),
        address_masked=row.address_masked,
        address_sealed=None if row.address_sealed is None else bytes(row.address_sealed),
        address_hash=None if row.address_hash is None else bytes(row.address_hash),
        grant=Grant(
            read_only=row.read_only,
            services=None if row.services is None else frozenset(row.services),
            ends_on=row.ends_on,
        ),
        token_hash=bytes(row.token_hash),
        created_at=row.created_at,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        acceptor=None
        if row.acceptor_id is None
        else Acceptor(
            person_id=row.acceptor_id,
            sealed_name=None if row.acceptor_name_sealed is None else bytes(row.acceptor_name_sealed),
            birth_year=row.acceptor_birth_year,
        ),
        accepted_at=row.accepted_at,
        approve_before=row.approve_before,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        refusal=Refusal(row.refusal) if row.refusal else None,
        person_binding=row.person_binding,
        sign_order_id=row.sign_order_id,
        signed_at=row.signed_at,
        version=row.version,
    )
