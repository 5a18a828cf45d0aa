"""What is not kept."""

from __future__ import annotations

from datetime import timedelta

from chassis.transaction import Tx
from identity.store import logins, sessions

LOGINS_KEPT = timedelta(days=1)
"""A login is of use for ten minutes; a day leaves time to look into trouble. The evidence stays."""
SESSIONS_KEPT = timedelta(days=30)
"""After their end: for "my sessions" and questions about who was logged in."""


def forget_what_is_over(tx: Tx) -> tuple[int, int]:
    """Delete old logins and sessions; returns how many of each."""
    return logins.delete_older_than(tx, LOGINS_KEPT), sessions.delete_older_than(tx, SESSIONS_KEPT)
