"""Settings of invitations beyond the chassis's."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.sealing import Sealer
from chassis.settings import SECRET, SettingsError
from chassis.settings import Settings as Base
from chassis.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Settings(Base):
    """The keys of what is personal: invited addresses and acceptors' names."""

    address_key: str = field(metadata=SECRET)
    """AES-256 key, base64 of 32 bytes. Several with commas while rotating: the first seals, all open."""
    address_pepper: str = field(metadata=SECRET)
    """Key of the mailbox hash, base64 of 32 bytes. A new one makes the limits of the last 24 hours forget."""
    approvals_signed: bool = False
    """True: whoever approves must sign it with BankID (FC14). False: a click is enough (T51), signing is voluntary."""

    def __post_init__(self) -> None:
        """Refuse what would fail at the first invitation; raises ``SettingsError``."""
        try:
            Vault.from_settings(self.address_key, self.address_pepper)
        except ValueError:
            message = "address_key and address_pepper must be base64 of 32 bytes"
            raise SettingsError(message) from None
        try:
            Sealer(self.notify_jwks)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, and never its value
            message = "notify_jwks must be notify's public X25519 key (JWK with kid)"
            raise SettingsError(message) from None
