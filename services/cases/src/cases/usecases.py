"""What can be done, one function per verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases import store
from cases.domain import Case, CaseNotFound
from chassis.errors import Forbidden
from chassis.transaction import Principal, Tx


@dataclass(frozen=True, kw_only=True)
class DraftCase:
    """Begin a case with this title."""

    title: str


def draft_case(tx: Tx, cmd: DraftCase) -> Case:
    """Begin a case for the account that the person acts for."""
    account_id, person_id = _acting(tx.principal)
    case = Case.draft(account_id=account_id, created_by=person_id, title=cmd.title, now=tx.now)
    store.add(tx, case)
    return case


def discard_case(tx: Tx, case_id: UUID) -> None:
    """Throw a draft away; raises ``CaseNotFound`` or ``CaseAlreadyDiscarded``."""
    get_case(tx, case_id).discard()


def get_case(tx: Tx, case_id: UUID) -> Case:
    """One case of the account; raises ``CaseNotFound``."""
    account_id, _ = _acting(tx.principal)
    case = store.get(tx, account_id, case_id)
    if case is None:
        raise CaseNotFound
    return case


def list_cases(tx: Tx, *, limit: int, page: int) -> tuple[Sequence[Any], int]:
    """The account's cases, newest first, and how many there are."""
    account_id, _ = _acting(tx.principal)
    return store.page(tx, account_id, limit=limit, offset=(page - 1) * limit)


def _acting(principal: Principal | None) -> tuple[UUID, UUID]:
    if principal is None or principal.account_id is None or principal.person_id is None:
        raise Forbidden
    return principal.account_id, principal.person_id
