"""The address is opened here, in memory, for the length of one attempt; it is never logged or stored."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chassis.sealing import CannotUnseal, Unsealer
from notify.domain import TEMPLATES, Channel, InvalidAddress, Outcome, Verdict, clean_email, clean_phone
from notify.settings import Settings
from notify.usecases import rendering
from notify.usecases.rendering import Rendered
from notify.usecases.sending import Outgoing, Source

CODE = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """A message ready to go."""

    address: str
    words: Rendered
    preferences_link: str | None


def open_message(message: Outgoing, unsealer: Unsealer, settings: Settings) -> Opened | Outcome:
    """Open the address and put the words together; an ``Outcome`` where that cannot be done."""
    try:
        opened = unsealer.unseal(message.sealed)
    except CannotUnseal:
        # Perhaps the key is about to be deployed: the message waits, and counts no attempt.
        return Outcome(Verdict.POSTPONED, "cannot-unseal")
    field, clean = ("phone", clean_phone) if message.channel is Channel.SMS else ("email", clean_email)
    try:
        address = clean(str(opened.get(field) or ""))
    except InvalidAddress:
        return Outcome(Verdict.BOUNCED, "invalid-address")
    link = settings.public_url + message.path
    if message.source is Source.LINK:
        link = str(opened.get("link") or "")
        if not link.startswith(f"{settings.public_url}/") or any(char.isspace() for char in link):
            return Outcome(Verdict.REFUSED, "foreign-link")
    code = str(opened.get("code") or "") if TEMPLATES[message.template].with_code else ""
    if TEMPLATES[message.template].with_code and not CODE.fullmatch(code):
        return Outcome(Verdict.REFUSED, "no-code")
    preferences = None if message.mandatory else settings.public_url + rendering.PREFERENCES_PATH
    words = rendering.render(
        message.template, message.template_version, message.locale, link=link, preferences_link=preferences, code=code
    )
    return Opened(address, words, preferences)
