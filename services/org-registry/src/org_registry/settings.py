"""Settings beyond the chassis' own."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis import settings
from chassis.settings import SECRET


@dataclass(frozen=True, kw_only=True)
class Settings(settings.Settings):
    """Bolagsverket's API, the keys of organisation numbers, and the key that identity seals personal numbers for."""

    bolagsverket_url: str = "https://gw.api.bolagsverket.se/foretagsinformation/v4"
    """Base of Företagsinformation v4; ``/firmateckningsalternativ`` comes after it."""
    bolagsverket_token_url: str = "https://portal.api.bolagsverket.se/oauth2/token"  # noqa: S105 - an address
    bolagsverket_client_id: str
    bolagsverket_client_secret: str = field(metadata=SECRET)
    bolagsverket_connect_timeout_ms: int = 1000
    bolagsverket_timeout_ms: int = 3500
    """For the whole question, token and second try included: less than the 5 s that the gateway waits."""
    allow_day_to_day_signatory: bool = True
    """Whether LOPANDE (a managing director) opens an account alone (D10)."""
    company_tries_per_network: int = 30
    """Tries to open a company account in an hour from one address, by whomever (C30)."""
    organisation_number_key: str = field(metadata=SECRET)
    """32 bytes in base64: encrypts organisation numbers."""
    organisation_number_pepper: str = field(metadata=SECRET)
    """32 bytes in base64: hashes organisation numbers for look-up."""
    seal_private_jwks: str = field(metadata=SECRET)
    """Private X25519 keys (JWKS) that identity seals personal numbers for; several while rotating."""
    document_key: str = field(metadata=SECRET)
    """32 bytes in base64: encrypts powers of attorney. Several with commas while rotating: the first seals."""
    clamd_address: str = ""
    """``host:port`` or ``unix:/path`` of clamd. Empty: nobody opens a document (C27); in development: not scanned."""
    operator_email: str = ""
    """Where a signed power of attorney may be mailed (T38)."""
    operator_address: str = ""
    """Where it may be posted (T39), lines parted by ``|``: ``Verket|Att: Kundservice|Box 1500|581 15 Linköping``."""
