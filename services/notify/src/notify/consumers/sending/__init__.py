"""The senders: one loop per channel, so that a slow SMS provider holds up no mail."""

from __future__ import annotations

from datetime import timedelta

from chassis.sealing import Unsealer
from chassis.settings import SettingsError
from chassis.worker import Loop
from notify.consumers.sending.elks import ElksClient
from notify.consumers.sending.sender import Sender
from notify.consumers.sending.smtp import SmtpClient
from notify.domain import Channel
from notify.settings import Settings
from notify.usecases import telling

WAKE = telling.WAKE


def senders(settings: Settings) -> list[Loop]:
    """The loops of the worker; raises ``SettingsError`` where the key that opens addresses is missing."""
    if not settings.notify_private_jwks:
        message = "NOTIFY_NOTIFY_PRIVATE_JWKS is missing: without it no address can be opened"
        raise SettingsError(message)
    unsealer = Unsealer(settings.notify_private_jwks)
    poll = timedelta(seconds=settings.poll_seconds)
    return [
        Loop(
            "email-sender",
            lambda run: Sender(run, settings, Channel.EMAIL, SmtpClient(settings, unsealer)),
            wake=WAKE,
            poll=poll,
        ),
        Loop(
            "sms-sender",
            lambda run: Sender(run, settings, Channel.SMS, ElksClient(settings, unsealer)),
            wake=WAKE,
            poll=poll,
        ),
    ]
