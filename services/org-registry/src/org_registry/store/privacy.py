"""What is kept of a person, and how it goes (B-21, J10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, exists, func, or_, select, text, update

from chassis.privacy import rows
from chassis.transaction import Tx
from org_registry.domain.access import AccountKind, Membership, Role
from org_registry.store.access_requests import forget_person
from org_registry.store.accounts import ACTIVE_AGREEMENT, active
from org_registry.store.power_tables import documents, powers, steps, uploads
from org_registry.store.reviews import answers, reviews
from org_registry.store.signatories import rights
from org_registry.store.support import accesses, views
from org_registry.store.suspensions import suspensions
from org_registry.store.tables import (
    accounts,
    agreements,
    attempts,
    checks,
    confirmations,
    corrections,
    customers,
    memberships,
    names,
)

DECIDED = ("approved", "expired", "revoked")
"""Powers of attorney that somebody has acted by."""


def own_accounts(tx: Tx, person_id: UUID) -> list[UUID]:
    """The private accounts that are the person's: owned now, or of a customer number that is the person's."""
    owned = exists().where(
        memberships.c.account_id == accounts.c.id,
        memberships.c.person_id == person_id,
        memberships.c.role == Role.OWNER,
        memberships.c.removed_at.is_(None),
    )
    named = exists().where(customers.c.account_id == accounts.c.id, customers.c.person_id == person_id)
    found = select(accounts.c.id).where(accounts.c.kind == AccountKind.PRIVATE, or_(owned, named))
    return list(tx.session.scalars(found.order_by(accounts.c.id)))


def has_active_agreement(tx: Tx, account_ids: Sequence[UUID]) -> bool:
    """Whether any of the accounts has an agreement in force."""
    found = select(exists().where(accounts.c.id.in_(account_ids), ACTIVE_AGREEMENT))
    return bool(tx.session.execute(found).scalar_one())


def is_last_signatory(tx: Tx, person_id: UUID) -> bool:
    """Whether a company with an agreement in force would have nobody left who answers for it."""
    other = memberships.alias("other")
    alone = ~exists().where(
        other.c.account_id == accounts.c.id,
        other.c.person_id != person_id,
        other.c.role == Role.SIGNATORY,
        other.c.removed_at.is_(None),
    )
    mine = exists().where(
        memberships.c.account_id == accounts.c.id,
        memberships.c.person_id == person_id,
        memberships.c.role == Role.SIGNATORY,
        active(),
    )
    found = select(exists().where(accounts.c.kind == AccountKind.COMPANY, mine, alone, ACTIVE_AGREEMENT))
    return bool(tx.session.execute(found).scalar_one())


def exported(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> dict[str, Any]:
    """Everything by file. Of others who have access to the own accounts: in what role and when, not who."""
    m, c = memberships.c, customers.c
    numbers = select(c.customer_number).where(or_(c.person_id == person_id, c.account_id.in_(account_ids)))
    others = _of(memberships, m.account_id.in_(account_ids) & (m.person_id != person_id), without=_WHO | {"id"})
    mine = powers.c.administrator_id == person_id
    of_mine = select(powers.c.id).where(mine)
    return {
        "accounts": {
            "accounts": _found(tx, _of(accounts, accounts.c.id.in_(account_ids))),
            "customer_numbers": _found(tx, _of(customers, c.customer_number.in_(numbers))),
            "agreements": _found(tx, _of(agreements, agreements.c.customer_number.in_(numbers))),
            "suspensions": _found(tx, _of(suspensions, suspensions.c.account_id.in_(account_ids))),
            "corrections": _found(tx, _of(corrections, corrections.c.person_id == person_id)),
        },
        "memberships": {
            "my_memberships": _found(tx, _of(memberships, m.person_id == person_id)),
            "others_in_my_accounts": _found(tx, others),
            "yearly_reviews": _found(tx, _of(reviews, reviews.c.account_id.in_(account_ids))),
            "my_answers_to_yearly_reviews": _found(tx, _of(answers, answers.c.answered_by == person_id)),
        },
        "companies": {
            "checks_with_the_company_register": _found(tx, _of(checks, checks.c.person_id == person_id)),
            "confirmations": _found(tx, _of(confirmations, confirmations.c.person_id == person_id)),
            "rights_to_sign": _found(tx, _of(rights, rights.c.person_id == person_id)),
            "tries": _found(tx, _of(attempts, attempts.c.person_id == person_id)),
        },
        "powers-of-attorney": {
            "powers_of_attorney": _found(tx, _of(powers, mine)),
            "documents": _found(tx, _of(documents, documents.c.power_id.in_(of_mine))),
            "steps": _found(tx, _of(steps, steps.c.power_id.in_(of_mine))),
            "uploads": _found(tx, _of(uploads, uploads.c.person_id == person_id)),
        },
        "support-accesses": {
            "consents": _found(tx, _of(accesses, accesses.c.account_id.in_(account_ids))),
            "views": _found(tx, _of(views, views.c.account_id.in_(account_ids))),
        },
    }


_WHO = {"person_id", "granted_by", "removed_by", "corrected_by", "lifted_by", "registered_by", "reviewer_id"} | {
    *("actor_id", "added_by", "ended_by", "staff_person_id", "staff_name", "administrator_id", "removal_note"),
    *("answered_by", "closed_by", "suspended_by", "resumed_by"),
}
"""Who else took part, and what was written about somebody else."""
_INNER = {
    "number_index",
    "number_sealed",
    "organisation_index",
    "organisation_sealed",
    "details_sealed",
    "street_sealed",
    "combination",
    "content",
} | {
    *("digest", "version", "started_version", "ended_version", "identified_version", "organisation_version"),
    *("link_version", "request_id"),
}
"""What is of use to nobody outside: hashes, sealed copies, counters. A document is fetched in the portal."""


def _of(table: Table, condition: ColumnElement[bool], *, without: set[str] | frozenset[str] = frozenset(_WHO)) -> Any:
    shown = [column for column in table.c if column.name not in without | _INNER]
    return select(*shown).where(condition).order_by(*table.primary_key)


def _found(tx: Tx, query: Any) -> list[dict[str, Any]]:
    return rows(tx.session.execute(query))


def to_end(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> Sequence[Membership]:
    """The person's memberships, and everybody's in the own accounts; the accounts are locked first."""
    mine = or_(memberships.c.person_id == person_id, memberships.c.account_id.in_(account_ids))
    of_accounts = select(memberships.c.account_id).where(mine, memberships.c.removed_at.is_(None))
    tx.session.execute(
        select(accounts.c.id)
        .where(accounts.c.id.in_(of_accounts))
        .order_by(accounts.c.id)
        .with_for_update(key_share=True)
    )
    return tx.session.scalars(
        select(Membership)
        .where(mine, memberships.c.removed_at.is_(None))
        .order_by(memberships.c.granted_at, memberships.c.id)
        .execution_options(populate_existing=True)
    ).all()


def forget(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> dict[str, int]:
    """Delete what need not stay, and the person from customer numbers; returns how many rows by kind."""
    undecided = select(powers.c.id).where(powers.c.administrator_id == person_id, powers.c.status.not_in(DECIDED))
    gone = {"powers": _delete_powers(tx, list(tx.session.scalars(undecided)))}
    gone["requests"] = forget_person(tx, person_id)
    gone["confirmations"] = _delete(tx, confirmations, confirmations.c.person_id == person_id)
    for table in (attempts, uploads, corrections, rights):
        _delete(tx, table, table.c.person_id == person_id)
    mine = select(reviews.c.id).where(reviews.c.account_id.in_(account_ids))
    _delete(tx, answers, answers.c.review_id.in_(mine))
    _delete(tx, reviews, reviews.c.account_id.in_(account_ids))
    tx.session.execute(update(memberships).where(memberships.c.account_id.in_(account_ids)).values(removal_note=None))
    numbers = select(customers.c.customer_number).where(
        or_(customers.c.person_id == person_id, customers.c.account_id.in_(account_ids))
    )
    streets = tx.session.execute(
        update(agreements)
        .where(agreements.c.customer_number.in_(numbers), agreements.c.street_sealed.is_not(None))
        .values(street_sealed=None)
        .returning(agreements.c.agreement_number)
    ).all()
    gone["streets"] = len(streets)
    gone["names"] = _delete(tx, names, names.c.person_id == person_id)
    changed = tx.session.execute(
        update(customers)
        .where(customers.c.person_id == person_id)
        .values(person_id=None, protected_identity=False)
        .returning(customers.c.customer_number)
    ).all()
    gone["customers"] = len(changed)
    return gone


def kept(tx: Tx, person_id: UUID, account_ids: Sequence[UUID]) -> dict[str, bool]:
    """What is still here with the person's opaque id, or of the own accounts."""
    questions = {
        "log": or_(
            exists().where(memberships.c.person_id == person_id),
            exists().where(checks.c.person_id == person_id),
            exists().where(accesses.c.account_id.in_(account_ids)),
        ),
        "powers": exists().where(powers.c.administrator_id == person_id),
        "accounts": exists().where(accounts.c.id.in_(account_ids)),
    }
    return {name: bool(tx.session.execute(select(question)).scalar_one()) for name, question in questions.items()}


def forget_old(tx: Tx, older_than: timedelta) -> int:
    """Delete the log of rights that ended so long ago, branch by branch from the tips; returns how many rows."""
    limit = func.now() - older_than
    child = memberships.alias("child")
    ended = memberships.c.removed_at < limit
    over = list(
        tx.session.scalars(
            select(powers.c.id).join(memberships, memberships.c.id == powers.c.membership_id).where(ended)
        )
    )
    count = _delete_powers(tx, over)
    count += _delete(tx, checks, checks.c.checked_at < limit)
    old_accesses = select(accesses.c.id).where(func.coalesce(accesses.c.ended_at, accesses.c.until) < limit)
    count += _delete(tx, views, views.c.access_id.in_(old_accesses))
    count += _delete(tx, accesses, accesses.c.id.in_(old_accesses))
    count += _delete(tx, suspensions, suspensions.c.resumed_at < limit)
    tx.session.execute(
        update(agreements)
        .where(agreements.c.ends_on < limit, agreements.c.ended_version >= agreements.c.started_version)
        .values(street_sealed=None)
    )
    tips = ended & ~exists().where(child.c.parent_id == memberships.c.id)
    gone = select(memberships.c.id).where(tips)
    _delete(tx, answers, or_(answers.c.answered_at < limit, answers.c.membership_id.in_(gone)))
    count += _delete(tx, reviews, (reviews.c.closed_at < limit) & ~exists().where(answers.c.review_id == reviews.c.id))
    return count + _delete(tx, memberships, tips)


_POWERS = text(
    """
    WITH steps AS (DELETE FROM power_step WHERE power_id = ANY (:ids)),
         papers AS (DELETE FROM power_document WHERE power_id = ANY (:ids))
    DELETE FROM power_of_attorney WHERE id = ANY (:ids) RETURNING id
    """
)
"""One statement: a power and its document name each other."""


def _delete_powers(tx: Tx, ids: Sequence[UUID]) -> int:
    return len(tx.session.execute(_POWERS, {"ids": list(ids)}).all()) if ids else 0


def _delete(tx: Tx, table: Table, condition: ColumnElement[bool]) -> int:
    return len(tx.session.execute(delete(table).where(condition).returning(*table.primary_key)).all())
