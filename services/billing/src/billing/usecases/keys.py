"""The keys that use cases seal and open with; made once by the composition root. Pure computation, no network."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.mailed_links import LinkKeys


@dataclass(frozen=True, kw_only=True)
class Keys(LinkKeys):
    """Handed to what writes a letter, and to what seals or opens a name."""

    def seal_name(self, share_id: UUID, name: str) -> bytes:
        """The recipient's verified name."""
        return self.vault.seal(name, place=f"recipient:{share_id}")

    def open_name(self, share_id: UUID, sealed: bytes) -> str:
        """The recipient's verified name again; raises ``CannotOpen``."""
        return self.vault.open(sealed, place=f"recipient:{share_id}")
