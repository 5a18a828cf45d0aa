"""Who is acting, and whether the login is fresh enough for what is asked."""

from __future__ import annotations

from uuid import UUID

from chassis.transaction import Tx
from identity.domain.contacts import login_is_fresh
from identity.domain.errors import LoginTooOld, PersonNotFound, SessionEnded
from identity.store import sessions


def acting_person(tx: Tx) -> UUID:
    """The person who is logged in; raises ``PersonNotFound`` where it is none."""
    if tx.principal is None or tx.principal.person_id is None:
        raise PersonNotFound
    return tx.principal.person_id


def check_login_is_fresh(tx: Tx, person_id: UUID) -> None:
    """Raise ``LoginTooOld`` unless BankID was used in the last fifteen minutes, ``SessionEnded`` without a session."""
    session_id = tx.principal.session_id if tx.principal else None
    authenticated_at = sessions.authenticated_at(tx, session_id, person_id) if session_id else None
    if authenticated_at is None:
        raise SessionEnded
    if not login_is_fresh(authenticated_at, tx.now):
        raise LoginTooOld
