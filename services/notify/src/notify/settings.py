"""Settings of notify beyond the chassis's."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from chassis.settings import SECRET, SettingsError
from chassis.settings import Settings as Base

SMTP_SCHEMES = frozenset({"smtp", "smtp+starttls", "smtps"})
SMS_SENDER_LENGTH = range(3, 12)
SHORTEST_KEY = 32


@dataclass(frozen=True, kw_only=True)
class Settings(Base):
    """Where mail and SMS go out, in whose name, and the key that opens addresses."""

    notify_private_jwks: str = field(default="", metadata=SECRET)
    """JSON ``{"keys": [private X25519 JWK]}``, several while rotating. The worker must have it; the web needs none."""
    smtp_url: str = field(default="smtp://localhost:25", metadata=SECRET)
    """``smtp://``, ``smtp+starttls://`` or ``smtps://`` ``[user:password@]host:port``."""
    smtp_ca_file: str = ""
    """PEM with the root that the mail server's certificate hangs on; empty: the system's."""
    smtp_timeout_seconds: int = 20
    """For one mail in all, from connecting to the last answer."""
    sender_email: str = ""
    """Address in From; empty: ``no-reply@`` the host of ``public_url``."""
    sender_name: str = "Mina sidor"
    sms_url: str = "https://api.46elks.com"
    """Base of an API as 46elks has it."""
    sms_user: str = ""
    """API user; empty: no SMS is sent, and the other channel is used."""
    sms_password: str = field(default="", metadata=SECRET)
    sms_sender: str = "MinaSidor"
    """3 to 11 letters and digits, a letter first."""
    sms_timeout_seconds: int = 10
    sms_webhook_url: str = ""
    """Our public base address for the SMS provider's delivery reports; empty: none are asked for."""
    sms_webhook_key: str = field(default="", metadata=SECRET)
    """At least 32 characters; makes the addresses that reports are sent to unguessable."""
    claim_batch: int = 20
    """Deliveries that one sender takes at a time."""
    lease_seconds: int = 45
    """After so long without a result a delivery that somebody took is taken for abandoned (the process died). Below a
    minute, so that the suite is quiet a minute after any death (row A5); above twice the time-outs of sending."""
    poll_seconds: int = 5
    """The net: how long a sender waits at most before it looks again without having been told."""
    give_up_hours: int = 72

    def __post_init__(self) -> None:
        """Refuse what would fail at the first message; raises ``SettingsError``."""
        for problem in self._problems():
            raise SettingsError(problem)

    def _problems(self) -> list[str]:
        smtp, found = urlsplit(self.smtp_url), []
        if smtp.scheme not in SMTP_SCHEMES or not smtp.hostname:
            found.append("smtp_url must be smtp://, smtp+starttls:// or smtps:// and a host")
        if self.lease_seconds <= max(self.smtp_timeout_seconds, self.sms_timeout_seconds):
            found.append("lease_seconds must be longer than the time-outs of sending")
        if not (self.sms_sender.isascii() and self.sms_sender.isalnum() and len(self.sms_sender) in SMS_SENDER_LENGTH):
            found.append("sms_sender must be 3 to 11 letters and digits")
        if self.sms_webhook_url and len(self.sms_webhook_key) < SHORTEST_KEY:
            found.append(f"sms_webhook_key must have at least {SHORTEST_KEY} characters")
        if self.is_production and self.sms_user and not self.sms_url.startswith("https://"):
            found.append("sms_url must be https in production")
        return found

    @property
    def sender_address(self) -> str:
        """The address in From, and the domain of every Message-ID."""
        return self.sender_email or f"no-reply@{urlsplit(self.public_url).hostname or 'localhost'}"
