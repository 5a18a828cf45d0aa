"""From the bytes of a mail to a `Message`. Nothing a sender writes may break it."""

import secrets
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from html.parser import HTMLParser
from typing import Final, cast

from sim_postbox.messages import Attachment, Message, links_in

SKIPPED: Final = frozenset({"script", "style", "head", "title"})


class _Reader(HTMLParser):
    """Collects the links of an HTML part, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the address of a link."""
        self._skipping += tag in SKIPPED
        href = dict(attrs).get("href")
        if tag == "a" and href and href.startswith(("https://", "http://")):
            self.links.append(href)

    def handle_endtag(self, tag: str) -> None:
        """Come out of a part that isn't shown."""
        self._skipping = max(0, self._skipping - (tag in SKIPPED))

    def handle_data(self, data: str) -> None:
        """Keep words that are shown."""
        if not self._skipping and data.strip():
            self.words.append(" ".join(data.split()))


def _new_id() -> str:
    return "m" + secrets.token_hex(16)


def _content(part: MIMEPart | None) -> str | None:
    if part is None:
        return None
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, ValueError):  # an unknown charset or broken transfer encoding
        payload = cast("bytes", part.get_payload(decode=True) or b"")
        return payload.decode("utf-8", "replace")


def _header(mail: EmailMessage, name: str) -> str:
    return " ".join(str(mail.get(name, "")).split())


def _attachment(part: EmailMessage, number: int) -> Attachment:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else part.as_bytes()
    name = part.get_filename() or f"bilaga-{number}"
    return Attachment(name=name, content_type=part.get_content_type(), content=content)


def _parse(raw: bytes, sender: str, recipients: tuple[str, ...]) -> Message:
    mail = message_from_bytes(raw, policy=policy.default)
    plain = mail.get_body(("plain",))
    rich = mail.get_body(("html",))
    html = _content(rich)
    reader = _Reader()
    reader.feed(html or "")
    text = _content(plain)
    shown = {id(part) for part in (plain, rich) if part is not None}
    others = [p for p in mail.walk() if not p.is_multipart() and id(p) not in shown]
    message_id = _header(mail, "Message-ID")
    return Message(
        id=_new_id(),
        kind="mail",
        sender=sender,
        recipients=recipients,
        subject=_header(mail, "Subject"),
        text="\n".join(reader.words) if text is None else text,
        html=html,
        message_id=message_id,
        headers=tuple((name, " ".join(str(value).split())) for name, value in mail.items()),
        attachments=tuple(_attachment(part, i) for i, part in enumerate(others, 1)),
        links=tuple(dict.fromkeys([*links_in(text or ""), *reader.links])),
        raw=raw,
    )


def parse_mail(raw: bytes, *, sender: str, recipients: tuple[str, ...]) -> Message:
    """Read a mail; one that can't be read at all is kept as its bytes."""
    try:
        return _parse(raw, sender, recipients)
    except Exception as error:  # noqa: BLE001 - the standard library's parser raises nearly anything
        return Message(
            id=_new_id(),
            kind="mail",
            sender=sender,
            recipients=recipients,
            subject=f"(oläsligt mejl: {type(error).__name__})",
            text=raw.decode("utf-8", "replace"),
            raw=raw,
        )
