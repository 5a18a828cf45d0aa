"""The senders: one loop per channel, so that a slow SMS provider holds up no mail."""

from __future__ import annotations

from datetime import timedelta

from chassis.sealing import Unsealer
from chassis.settings import SettingsError
from chassis.worker import Loop, LoopRun
from notify.consumers.sending.elks import ElksClient
from notify.consumers.sending.sender import Sender
from notify.consumers.sending.smtp import SmtpClient
from notify.domain import Channel
from notify.settings import Settings
from notify.usecases import telling


def senders(settings: Settings) -> list[Loop]:
    """The loops of the worker. They start only with the key that opens addresses (``SettingsError``)."""
    poll = timedelta(seconds=settings.poll_seconds)

    def email(run: LoopRun) -> Sender:
        return Sender(run, settings, Channel.EMAIL, SmtpClient(settings, _unsealer(settings)))

    def sms(run: LoopRun) -> Sender:
        return Sender(run, settings, Channel.SMS, ElksClient(settings, _unsealer(settings)))

    return [
        Loop("email-sender", email, wake=telling.WAKE, poll=poll),
        Loop("sms-sender", sms, wake=telling.WAKE, poll=poll),
    ]


def _unsealer(settings: Settings) -> Unsealer:
    if not settings.notify_private_jwks:
        message = "NOTIFY_NOTIFY_PRIVATE_JWKS is missing: without it no address can be opened"
        raise SettingsError(message)
    try:
        return Unsealer(settings.notify_private_jwks)
    except Exception:  # noqa: BLE001 - whatever is wrong with it: the key must not reach a log
        message = "NOTIFY_NOTIFY_PRIVATE_JWKS must be a JWKS of private X25519 keys"
        raise SettingsError(message) from None
