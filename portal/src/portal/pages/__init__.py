"""The areas, one module each. A new area is one line here."""

from __future__ import annotations

from importlib import import_module

from portal.web.areas import Area

AREAS = (
    "preferences",
    "start",
    "login",
    "registration",
    "session",
    "accounts",
    "company",
    "info",
    "invoices",
    "members",
    "invitation",
    "settings",
    "contact",
    "logins",
    "activity",
    "support",
    "mydata",
    "copies",
    "invoice",
    "consumption",
    "meters",
    "overview",
    "mandate",
    "staff",
    "measures",
    "eid",
    "sign",
    "access",
    "shares",
    # new areas above
)
DEVELOPMENT = ("dev",)
"""Only outside production."""


def areas(*, development: bool) -> list[Area]:
    """All areas, in order."""
    names = (*AREAS, *DEVELOPMENT) if development else AREAS
    return [import_module(f"portal.pages.{name}").area for name in names]


__all__ = ["areas"]
