"""What the portal needs to know. Read as ``PORTAL_X`` first and ``MINASIDOR_X`` second (``chassis.settings``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from chassis.settings import SECRET, SettingsError
from chassis.settings import Settings as Base

SERVICE = "portal"


@dataclass(frozen=True, kw_only=True)
class Settings(Base):
    """One operator's portal: where the gateway is, and what the operator is called."""

    database_url: str = field(default="", metadata=SECRET)
    """None: the portal keeps nothing."""
    web_threads: int = 8
    gateway: str = "unix:/run/minasidor/portal-api.sock"
    """The gateway's ``listen_portal``: ``unix:/path`` or ``host:port``."""
    api_timeout_seconds: int = 8
    """Longer than the gateway's own deadline, so that it is the gateway that says what went wrong."""

    operator_name: str = "Exempelverken"
    """Who runs this Mina sidor; on every page."""
    support_email: str = "kundservice@example.se"
    support_phone: str = "0771-00 00 00"
    support_hours_sv: str = "Vardagar 8-16"
    support_hours_en: str = "Weekdays 8 am to 4 pm"
    postal_address: str = "Exempelverken, Att: Kundservice, Box 1, 581 15 Linköping"
    privacy_url: str = ""
    """The operator's own privacy policy (S34); empty: only the page of the portal."""
    data_protection_email: str = "dataskyddsombud@example.se"
    """The data protection officer (S35)."""
    accessibility_email: str = ""
    """Where shortcomings in accessibility are reported; empty: ``support_email``."""
    accessibility_reviewed_on: str = "2026-11-22"
    """Date of the last review of the accessibility statement, ISO 8601."""
    maintenance: bool = False
    """True: every page says that Mina sidor is closed for maintenance."""
    maintenance_until: str = ""
    """When it opens again, as people would write it; empty: nothing is promised."""

    def __post_init__(self) -> None:
        """Refuse what the client could not call."""
        path = self.gateway.removeprefix("unix:")
        if self.gateway.startswith("unix:") and not path.startswith("/"):
            raise SettingsError("PORTAL_GATEWAY must be unix:/path or host:port")
        if not urlsplit(self.public_url).hostname:
            raise SettingsError("PORTAL_PUBLIC_URL must be an address with a host")

    @property
    def origin(self) -> str:
        """What a browser sends as ``Origin`` from our own pages."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"


__all__ = ["SERVICE", "Settings"]
