"""The routes. No GET changes anything, so a mail scanner that follows links uses nothing up (C11)."""

from __future__ import annotations

from invitations.api import answering, deciding, managing

ROUTES = [managing.routes, deciding.routes, answering.routes]

__all__ = ["ROUTES"]
