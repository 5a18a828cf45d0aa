"""Settings of identity beyond the chassis's."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from chassis.settings import SECRET, SettingsError
from chassis.settings import Settings as Base

KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Settings(Base):
    """BankID's address and certificates, and the keys of the personal numbers."""

    bankid_url: str = "https://appapi2.bankid.com/rp/v6.0"
    """Base of the Relying Party API; without a path ``/rp/v6.0`` is meant."""
    bankid_ca_file: str = ""
    """BankID's own root, the only one trusted (PEM)."""
    bankid_cert_file: str = ""
    """Our RP certificate (PEM)."""
    bankid_key_file: str = ""
    """Its private key (PEM, readable by this process only)."""
    bankid_launch_url: str = ""
    """Where a browser starts the app on the same device: a simulator's page; empty: BankID's own addresses."""
    personal_number_key: str = field(metadata=SECRET)
    """AES-256 key, base64 of 32 bytes. Several with commas while rotating: the first seals, all open."""
    personal_number_pepper: str = field(metadata=SECRET)
    """Key of the blind index, base64 of 32 bytes."""

    seal_jwks: str = "{}"
    """Who may be told a personal number, sealed: JSON ``{"org-registry": <public X25519 JWK>}`` (D23)."""

    def __post_init__(self) -> None:
        """Refuse what would fail at the first login; raises ``SettingsError``."""
        keys = {
            "personal_number_key": self.personal_number_key.split(","),
            "personal_number_pepper": [self.personal_number_pepper],
        }
        for name, values in keys.items():
            if not all(map(_is_key, values)):
                message = f"{name} must be base64 of {KEY_BYTES} bytes"
                raise SettingsError(message)
        if self.is_production and not self.bankid_url.startswith("https://"):
            message = "bankid_url must be https in production"
            raise SettingsError(message)
        if self.is_production and self.bankid_launch_url:
            message = "bankid_launch_url is for simulators, not for production"
            raise SettingsError(message)
        files = (self.bankid_ca_file, self.bankid_cert_file, self.bankid_key_file)
        if self.bankid_url.startswith("https://") and not all(files):
            message = "bankid_ca_file, bankid_cert_file and bankid_key_file are needed for https"
            raise SettingsError(message)


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False
