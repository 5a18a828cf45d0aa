"""A secret link mailed to somebody whom we know by address alone: what is sent, stored, counted and shown of it (C28).

A service that mails such links has ``LinkSettings`` as its settings and ``LinkKeys`` as the keys of its use cases::

    class Keys(LinkKeys): ...                                   # and what else it seals
    keys = Keys.from_settings(settings, "/delad-faktura")

Pure computation, no network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Self

from chassis.ids import new_secret
from chassis.sealing import Sealer
from chassis.settings import SECRET, Settings, SettingsError, prefix_of
from chassis.vault import Vault


def masked(address: str) -> str:
    """The only form of an address that is ever shown: ``karin@exempel.se`` -> ``k***@exempel.se``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mailbox(address: str) -> str:
    """The form that limits go by: letter case and ``+tag`` do not make another mailbox."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def token_hash(token: str) -> bytes:
    """What is stored of a link's secret. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, kw_only=True)
class LinkSettings(Settings):
    """The keys of what a service keeps of those it mails links to."""

    address_key: str = field(metadata=SECRET)
    """AES-256 key, base64 of 32 bytes. Several with commas while rotating: the first seals, all open."""
    address_pepper: str = field(metadata=SECRET)
    """Key of the mailbox hash, base64 of 32 bytes. A new one makes the limits of the last 24 hours forget."""

    def __post_init__(self) -> None:
        """Refuse what would fail at the first link; raises ``SettingsError``."""
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


@dataclass(frozen=True, kw_only=True)
class LinkKeys:
    """Handed to every use case that writes a letter; a service adds what else it seals. Made once, by ``app.py``."""

    vault: Vault
    sealer: Sealer
    """Seals for notify: only there, in memory, are address and link ever together in clear."""
    link_base: str
    """The page that a link opens, from the settings alone: nothing in a request can bend it (Keycloak #51138)."""

    @classmethod
    def from_settings(cls, settings: LinkSettings, page: str, **more: Any) -> Self:
        """The keys of this process. ``page``: path of the portal's page; ``more``: the service's own fields."""
        return cls(
            vault=Vault.from_settings(settings.address_key, settings.address_pepper),
            sealer=Sealer(settings.notify_jwks),
            link_base=settings.public_url + page,
            **more,
        )

    def new_link(self, address: str) -> tuple[bytes, str]:
        """A new secret: its hash to store, and address and link sealed for notify. The secret is in neither."""
        token = new_secret()
        # In the fragment: browsers send it to no server and write it in no Referer; the page posts it.
        sealed = self.sealer.seal({"email": address, "link": f"{self.link_base}#{token}"})
        return token_hash(token), sealed

    def mailbox_hash(self, address: str) -> bytes:
        """The keyed hash that limits go by."""
        return self.vault.index("mailbox", mailbox(address))


def example_settings(service: str) -> dict[str, str]:
    """``LinkSettings`` for documents made without a deployment; RFC 7748's published key."""
    prefix = prefix_of(service)
    return {
        f"{prefix}_ADDRESS_KEY": "A" * 43 + "=",
        f"{prefix}_ADDRESS_PEPPER": "A" * 43 + "=",
        f"{prefix}_NOTIFY_JWKS": (
            '{"kty": "OKP", "crv": "X25519", "kid": "docs", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}'
        ),
    }
