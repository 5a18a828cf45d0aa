"""Our copy of who may act for which account, kept by org-registry's events: what a share stands and falls with (D6).

Each membership is one row; the newest version of a grant wins and an end is final, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from billing.store.tables import membership, suspension
from chassis.transaction import Tx

TODAY = cast(func.timezone("Europe/Stockholm", func.now()), Date)
"""The Swedish date by the database's clock."""
MAY_SHARE: ColumnElement[bool] = and_(
    membership.c.removed_at.is_(None),
    ~membership.c.read_only,
    or_(membership.c.ends_on.is_(None), membership.c.ends_on >= TODAY),
)
"""Whether the membership lets others in at this instant; its last day is included."""


def put_member(
    tx: Tx,
    membership_id: UUID,
    *,
    account_id: UUID,
    person_id: UUID,
    read_only: bool,
    services: Collection[str] | None,
    ends_on: date | None,
    version: int,
) -> None:
    """Note the whole state of a membership, unless we know a newer one."""
    values: dict[str, Any] = {
        "account_id": account_id,
        "person_id": person_id,
        "read_only": read_only,
        "services": None if services is None else sorted(services),
        "ends_on": ends_on,
        "version": version,
    }
    statement = insert(membership).values(membership_id=membership_id, **values)
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["membership_id"],
            set_={name: statement.excluded[name] for name in values},
            where=membership.c.version < statement.excluded.version,
        )
    )


def put_removal(tx: Tx, membership_id: UUID, account_id: UUID, person_id: UUID, removed_at: datetime) -> None:
    """Note that a membership has ended, also one of which we have not heard. It never comes back."""
    statement = insert(membership).values(
        membership_id=membership_id, account_id=account_id, person_id=person_id, removed_at=removed_at
    )
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["membership_id"],
            set_={"removed_at": func.coalesce(membership.c.removed_at, statement.excluded.removed_at)},
        )
    )


def hold_member(
    tx: Tx, membership_id: UUID, *, account_id: UUID, person_id: UUID, services: Collection[str] | None
) -> Any:
    """The membership, held still: it cannot end before this transaction has (C7).

    One of which no event has told (it is older than our copy, or its event is on its way) is noted as the gateway's
    token has it, below every version: an event says it better. Its end is told like any other's.
    """
    tx.session.execute(
        insert(membership)
        .values(
            membership_id=membership_id,
            account_id=account_id,
            person_id=person_id,
            services=None if services is None else sorted(services),
        )
        .on_conflict_do_nothing()
    )
    return tx.session.execute(
        select(membership, MAY_SHARE.label("may_share"))
        .where(membership.c.membership_id == membership_id)
        .with_for_update(read=True)
    ).one()


def put_suspension(tx: Tx, account_id: UUID, *, suspended: bool, version: int) -> None:
    """Note whether customer service has stopped the account; the newest version wins."""
    statement = insert(suspension).values(account_id=account_id, suspended=suspended, version=version)
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id"],
            set_={"suspended": statement.excluded.suspended, "version": statement.excluded.version},
            where=suspension.c.version < statement.excluded.version,
        )
    )
