"""The keys that use cases seal and open with, and the operator's switches; made once by the composition root.

Pure computation, no network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from chassis.ids import new_secret
from chassis.sealing import Sealer
from chassis.vault import Vault
from invitations.domain import mailbox


def token_hash(token: str) -> bytes:
    """What is stored of a link's secret. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Handed to every use case that writes a letter, or seals or opens what is personal."""

    vault: Vault
    sealer: Sealer
    """Seals for notify: only there, in memory, are address and link ever together in clear."""
    link_base: str
    """The page that a link opens, from the settings alone: nothing in a request can bend it (Keycloak #51138)."""
    approvals_signed: bool = False
    """The operator wants every approval signed with BankID (FC14); otherwise a click is enough (T51, T52)."""

    def new_link(self, address: str) -> tuple[bytes, str]:
        """A new secret: its hash to store, and address and link sealed for notify. The secret is in neither."""
        token = new_secret()
        # In the fragment: browsers send it to no server and write it in no Referer; the page posts it.
        sealed = self.sealer.seal({"email": address, "link": f"{self.link_base}#{token}"})
        return token_hash(token), sealed

    def mailbox_hash(self, address: str) -> bytes:
        """The keyed hash that limits and "already invited" go by."""
        return self.vault.index("mailbox", mailbox(address))

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
