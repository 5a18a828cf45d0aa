"""What is not kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chassis.transaction import Tx
from identity.store import bindings, contacts, logins, oidc, sessions, signing

LOGINS_KEPT = timedelta(days=1)
"""A login is of use for ten minutes; a day leaves time to look into trouble. The evidence stays."""
SESSIONS_KEPT = timedelta(days=30)
"""After their end: for "my sessions" and questions about who was logged in."""


CHANGES_KEPT = timedelta(days=1)
"""Contact changes: longer than the hour in which they are counted."""
UNSIGNED_KEPT = timedelta(days=90)
"""Sign orders that ended without a signature: their texts are nobody's proof. What was signed stays."""


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """How many of each were deleted."""

    logins: int
    sessions: int
    contact_changes: int
    sign_orders: int
    person_bindings: int


def forget_what_is_over(tx: Tx) -> Forgotten:
    """Delete old logins, sessions, contact changes, unsigned sign orders and person bindings."""
    return Forgotten(
        logins=logins.delete_older_than(tx, LOGINS_KEPT) + oidc.delete_older_than(tx, LOGINS_KEPT),
        sessions=sessions.delete_older_than(tx, SESSIONS_KEPT),
        contact_changes=contacts.delete_older_than(tx, CHANGES_KEPT),
        sign_orders=signing.delete_unsigned_older_than(tx, UNSIGNED_KEPT),
        person_bindings=bindings.delete_expired(tx),
    )
