"""What the postbox keeps: a mail or an SMS, as plain data."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

LINK = re.compile(r"https?://[^\s<>\"'\x00-\x20]+")
TRAILING = ".,;:!?)]}"


def timestamp() -> str:
    """Now, in UTC, as ISO 8601 with offset."""
    return datetime.fromtimestamp(time.time(), UTC).isoformat()


def links_in(text: str) -> list[str]:
    """The http and https addresses in a text, in order, each once, without trailing punctuation."""
    return list(dict.fromkeys(found.rstrip(TRAILING) for found in LINK.findall(text)))


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A part of a mail that is not its text."""

    name: str
    content_type: str
    content: bytes

    def as_json(self) -> dict[str, Any]:
        """Name, type and size; the content has its own address."""
        return {"name": self.name, "content_type": self.content_type, "size": len(self.content)}


@dataclass(frozen=True, kw_only=True)
class Message:
    """A mail or SMS that was accepted. `sequence` counts all of them from 1 and is never reused.

    `sender` and `recipients` are the envelope's (for an SMS: from and to). `text` is what a person
    reads first; `html` and what follows only mails have; `status` and `webhook` only SMS.
    """

    id: str
    kind: Literal["mail", "sms"]
    sender: str
    recipients: tuple[str, ...]
    text: str
    received_at: str = field(default_factory=timestamp)
    sequence: int = 0
    subject: str = ""
    html: str | None = None
    message_id: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    links: tuple[str, ...] = ()
    raw: bytes = b""
    status: str | None = None
    delivered_at: str | None = None
    webhook: str | None = None
    parts: int = 0

    @property
    def size(self) -> int:
        """Bytes it takes in memory, about."""
        decoded = len(self.text) + len(self.html or "")
        return len(self.raw) + decoded + sum(len(a.content) for a in self.attachments)

    def as_json(self) -> dict[str, Any]:
        """Everything but the bytes."""
        return {
            "id": self.id,
            "sequence": self.sequence,
            "kind": self.kind,
            "received_at": self.received_at,
            "from": self.sender,
            "to": list(self.recipients),
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "links": list(self.links),
            "message_id": self.message_id,
            "headers": [list(header) for header in self.headers],
            "attachments": [attachment.as_json() for attachment in self.attachments],
            "status": self.status,
            "delivered_at": self.delivered_at,
            "webhook": self.webhook,
            "parts": self.parts,
        }
