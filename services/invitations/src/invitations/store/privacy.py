"""What is kept of a person, and how it goes (B-21, J10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from chassis.privacy import rows
from chassis.transaction import Tx
from invitations.store.tables import account, invitation, mandate, membership, sending

# Where a column must say who: an id of its own each time, so that nothing joins what is left.
SOMEBODY = func.gen_random_uuid()


def about(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Invitations that the person made or answered, and those to the accounts.

    Invited addresses are another's data and stand here masked; of the others who took part only that it was not me.
    """
    i = invitation.c
    mine = or_(i.inviter_id == person_id, i.acceptor_id == person_id, i.account_id.in_(account_ids))
    by_me = {name: func.coalesce(i[f"{name}_id"] == person_id, False) for name in ("inviter", "acceptor")}
    found = select(
        i.id,
        i.account_id,
        i.status,
        by_me["inviter"].label("made_by_me"),
        by_me["acceptor"].label("accepted_by_me"),
        func.coalesce(i.decided_by == person_id, False).label("decided_by_me"),
        i.address_masked,
        i.read_only,
        i.services,
        i.ends_on,
        i.created_at,
        i.sent_at,
        i.expires_at,
        i.accepted_at,
        i.approve_before,
        i.decided_at,
        i.person_binding.is_not(None).label("bound_to_personal_number"),
        i.sign_order_id,
        i.signed_at,
    ).where(mine)
    return rows(tx.session.execute(found.order_by(i.created_at, i.id)))


def shown_of_acceptor(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """What the approver is shown of the person (D5): whether the verified name is kept, and the birth year."""
    i = invitation.c
    found = select(
        i.id.label("invitation_id"), i.acceptor_name_sealed.is_not(None).label("name_kept"), i.acceptor_birth_year
    ).where(i.acceptor_id == person_id)
    return rows(tx.session.execute(found.order_by(i.created_at, i.id)))


def mails(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """When the person has had invitations mailed; not to whom, and not the link."""
    found = select(sending.c.invitation_id, sending.c.account_id, sending.c.sent_at).where(
        sending.c.sent_by == person_id
    )
    return rows(tx.session.execute(found.order_by(sending.c.sent_at)))


def mandates(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """Approvals that the person was to sign, and those of the person; of the other one only that it was not me.

    What was signed, word for word, is with the signature, in identity's part.
    """
    m = mandate.c
    found = select(
        m.sign_order_id,
        m.invitation_id,
        m.account_id,
        (m.approver_id == person_id).label("signed_by_me"),
        (m.acceptor_id == person_id).label("gives_me_access"),
        m.status,
        m.reason,
        m.ordered_at,
        m.ended_at,
    ).where(or_(m.approver_id == person_id, m.acceptor_id == person_id))
    return rows(tx.session.execute(found.order_by(m.ordered_at, m.sign_order_id)))


def memberships(tx: Tx, person_id: UUID) -> list[dict[str, Any]]:
    """The copies of the person's memberships."""
    found = select(*[column for column in membership.c if column.name != "version"])
    return rows(
        tx.session.execute(found.where(membership.c.person_id == person_id).order_by(membership.c.membership_id))
    )


def forget(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> dict[str, int]:
    """Delete what belongs to the accounts, and the person from the rest; returns how many rows by kind."""
    i = invitation.c
    m = mandate.c
    concerned = or_(m.approver_id == person_id, m.acceptor_id == person_id, m.account_id.in_(account_ids))
    gone = {
        # Whole: a document without one of the two is no proof, and its hash would not fit any more.
        "mandate": _delete(tx, mandate, concerned),
        "sending": _delete(tx, sending, sending.c.sent_by == person_id),
        "invitation": _delete(tx, invitation, i.account_id.in_(account_ids)),
        "membership": _delete(tx, membership, membership.c.person_id == person_id),
    }
    _delete(tx, account, account.c.account_id.in_(account_ids))
    changes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("inviter_id", {"inviter_id": SOMEBODY, "address_sealed": None, "address_hash": None}),
        ("acceptor_id", {"acceptor_id": SOMEBODY, "acceptor_name_sealed": None, "acceptor_birth_year": None}),
        ("decided_by", {"decided_by": SOMEBODY, "sign_order_id": None, "signed_at": None}),
    )
    gone["anonymised"] = sum(
        len(tx.session.execute(update(invitation).where(i[column] == person_id).values(values).returning(i.id)).all())
        for column, values in changes
    )
    return gone


def _delete(tx: Tx, table: Any, condition: ColumnElement[bool]) -> int:
    return len(tx.session.execute(delete(table).where(condition).returning(*table.primary_key)).all())
