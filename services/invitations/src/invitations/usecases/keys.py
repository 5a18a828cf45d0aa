"""The keys that use cases seal and open with, and the operator's switches; made once by the composition root.

Pure computation, no network.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.mailed_links import LinkKeys


@dataclass(frozen=True, kw_only=True)
class Keys(LinkKeys):
    """Handed to every use case that writes a letter, or seals or opens what is personal."""

    approvals_signed: bool = False
    """The operator wants every approval signed with BankID (FC14); otherwise a click is enough (T51, T52)."""

    def seal_address(self, invitation_id: UUID, address: str) -> bytes:
        """The invited address, for a renewal."""
        return self.vault.seal(address, place=f"address:{invitation_id}")

    def open_address(self, invitation_id: UUID, sealed: bytes) -> str:
        """The invited address again; raises ``CannotOpen``."""
        return self.vault.open(sealed, place=f"address:{invitation_id}")

    def seal_name(self, invitation_id: UUID, name: str) -> bytes:
        """The acceptor's verified name."""
        return self.vault.seal(name, place=f"acceptor:{invitation_id}")

    def open_name(self, invitation_id: UUID, sealed: bytes) -> str:
        """The acceptor's verified name again; raises ``CannotOpen``."""
        return self.vault.open(sealed, place=f"acceptor:{invitation_id}")
