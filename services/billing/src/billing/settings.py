"""Settings of billing beyond the chassis's."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.sealing import Sealer
from chassis.settings import SECRET, SettingsError
from chassis.settings import Settings as Base
from chassis.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Settings(Base):
    """The keys of what a shared invoice keeps of people: who has opened it, and a hash of the mailbox."""

    address_key: str = field(metadata=SECRET)
    """AES-256 key, base64 of 32 bytes. Several with commas while rotating: the first seals, all open."""
    address_pepper: str = field(metadata=SECRET)
    """Key of the mailbox hash, base64 of 32 bytes. A new one makes the limits of the last 24 hours forget."""

    def __post_init__(self) -> None:
        """Refuse what would fail at the first shared invoice; raises ``SettingsError``."""
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
