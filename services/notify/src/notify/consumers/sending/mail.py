"""A mail as bytes: exactly one recipient, a fixed set of headers, a text and an HTML part (B6, C28)."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from notify.settings import Settings
from notify.usecases.rendering import Rendered
from notify.usecases.sending import Outgoing

CTE = "quoted-printable"


def build(
    message: Outgoing, words: Rendered, recipient: str, settings: Settings, preferences_link: str | None
) -> bytes:
    """The mail. The same delivery has the same Message-ID and Date whenever it is built.

    ``recipient`` must come from ``clean_email``; the policy refuses line breaks in every header all the same.
    """
    sender = settings.sender_address
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(settings.sender_name, addr_spec=sender)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = words.title
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.message_key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if preferences_link is not None:
        mail["List-Unsubscribe"] = f"<{preferences_link}>"
    mail.set_content(words.text, cte=CTE)
    mail.add_alternative(words.html, subtype="html", cte=CTE)
    mail["Content-Language"] = message.locale  # set_content takes every Content-* header away
    return mail.as_bytes()
