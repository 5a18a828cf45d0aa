"""Whom an invitation is for: a personal number that the inviter gave, kept as a keyed hash alone (FC2, D23)."""

from __future__ import annotations

from datetime import timedelta

KEPT = timedelta(days=120)
"""From the last mail with the link. An invitation is accepted within 72 hours, approved within 30 days and renewed
within 90 days of its last mail, and each mail counts anew: nothing that can still be used is forgotten."""
COUNTED_IN = timedelta(hours=24)
MOST = 30
"""Bindings that one person may make in that time: more than an account can send invitations."""
