"""Settings beyond the chassis' own."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis import settings
from chassis.settings import SECRET


@dataclass(frozen=True, kw_only=True)
class Settings(settings.Settings):
    """The second role of the database, for migrations alone, and the key that names are sealed for."""

    owner_database_url: str = field(default="", metadata=SECRET)
    """Login of the role that owns the ledger (``activity_owner``); only ``migrate`` is told it. Empty: one role."""
    seal_private_jwks: str = field(default="", metadata=SECRET)
    """Private X25519 keys (JWKS) that identity seals names for; several while rotating. Empty: no names are shown."""
