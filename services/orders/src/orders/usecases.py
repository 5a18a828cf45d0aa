"""What can be done, one function per verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.errors import Forbidden
from chassis.privacy import Both, Erased, Holding, Holdings, Kept, Privacy, Subject
from chassis.transaction import Principal, Tx
from orders import store
from orders.domain import Order, OrderNotFound


@dataclass(frozen=True, kw_only=True)
class DraftOrder:
    """Begin a order with this title."""

    title: str


def draft_order(tx: Tx, cmd: DraftOrder) -> Order:
    """Begin a order for the account that the person acts for."""
    account_id, person_id = _acting(tx.principal)
    order = Order.draft(account_id=account_id, created_by=person_id, title=cmd.title, now=tx.now)
    store.add(tx, order)
    return order


def discard_order(tx: Tx, order_id: UUID) -> None:
    """Throw a draft away; raises ``OrderNotFound`` or ``OrderAlreadyDiscarded``."""
    get_order(tx, order_id).discard()


def get_order(tx: Tx, order_id: UUID) -> Order:
    """One order of the account; raises ``OrderNotFound``."""
    account_id, _ = _acting(tx.principal)
    order = store.get(tx, account_id, order_id)
    if order is None:
        raise OrderNotFound
    return order


def list_orders(tx: Tx, *, limit: int, page: int) -> tuple[Sequence[Any], int]:
    """The account's orders, newest first, and how many there are."""
    account_id, _ = _acting(tx.principal)
    return store.page(tx, account_id, limit=limit, offset=(page - 1) * limit)


def _acting(principal: Principal | None) -> tuple[UUID, UUID]:
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise Forbidden
    return principal.account_id, principal.person_id


HOLDINGS = Holdings(
    (
        Holding(
            what=Both(sv="Beställningar och utkast till beställningar", en="Orders and drafts of orders"),
            tables=("order",),
            kept_for=Both(sv="Så länge kontot finns", en="As long as the account exists"),
            why=Both(sv="Du kan fortsätta där du slutade", en="You can go on where you left off"),
            file="orders",
        ),
    )
)
"""What is kept of people, for the export, the erasure and the table of retention."""


def export_person(tx: Tx, subject: Subject) -> dict[str, Any]:
    """Everything of the own accounts; of what was begun for others only that and when: the rest is theirs (B-21)."""
    own, elsewhere = store.of_person(tx, subject.person_id, subject.account_ids)
    return {"orders": {"own": own, "begun_for_other_accounts": elsewhere}}


def erase_person(tx: Tx, subject: Subject) -> Erased:
    """Erase what belongs to the own accounts; what was begun for others loses the name of who began it."""
    erased, anonymised = store.forget_person(tx, subject.person_id, subject.account_ids)
    what = HOLDINGS.items[0].what
    kept = Kept(
        what=what,
        why=Both(
            sv="Hör till ett annat konto; vem som började är raderat.",
            en="Belongs to another account; who began it has been erased.",
        ),
    )
    return Erased(erased=(what,) if erased else (), kept=(kept,) if anonymised else ())


PRIVACY = Privacy(HOLDINGS, export=export_person, erase=erase_person)
