"""The routes. Notices and choices belong to the person, whatever account he acts for."""

from __future__ import annotations

import hmac
from typing import Any
from uuid import UUID

from flask import request

from chassis.activity import unlogged
from chassis.http.access import authenticated, public, requires
from chassis.http.routes import Context, Page, Routes
from chassis.sealing import Sealer
from chassis.transaction import Tx
from notify import schemas
from notify.domain import DeliveryUnknown, NotificationNotFound, PreferenceMandatory, ReportMalformed, report_mac
from notify.domain.copies import (
    CopyEnded,
    CopyLinkUnknown,
    CopyNotAllowed,
    CopyNotFound,
    TooManyCopies,
    TooManyCopyMails,
)
from notify.settings import Settings
from notify.usecases import copying, preferring, sending, viewing

STATUSES = frozenset({"created", "sent", "delivered", "failed"})
LONGEST_ID = 100
REPORT_LIMIT = 4096

READS_MAILBOX = "Whoever reads the mailbox may have no account here; the secret of the link is what admits"

routes = Routes("notify", "Notices, read marks and choice of channel")


@routes.get(
    "/notifications",
    access=authenticated(),
    query=schemas.NotificationQuery,
    answer=Page(schemas.Notification),
    summary_sv="Mina aviseringar, nyast först",
    summary_en="My notices, newest first",
)
def list_notifications(tx: Tx, query: dict[str, Any]) -> Any:
    """The person's notices."""
    return viewing.list_notifications(tx, unread=query["unread"], limit=query["limit"], page=query["page"])


@routes.put(
    "/notifications/<uuid:notification_id>/read-mark",
    access=authenticated(),
    activity=unlogged("the reader's own mark; nothing else depends on it"),
    errors=(NotificationNotFound,),
    summary_sv="Markera som läst",
    summary_en="Mark as read",
)
def mark_notification_read(tx: Tx, notification_id: UUID) -> None:
    """Set the read mark."""
    viewing.mark(tx, notification_id, read=True)


@routes.delete(
    "/notifications/<uuid:notification_id>/read-mark",
    access=authenticated(),
    activity=unlogged("the reader's own mark; nothing else depends on it"),
    errors=(NotificationNotFound,),
    summary_sv="Markera som oläst",
    summary_en="Mark as unread",
)
def mark_notification_unread(tx: Tx, notification_id: UUID) -> None:
    """Remove the read mark."""
    viewing.mark(tx, notification_id, read=False)


@routes.put(
    "/notifications/read-mark",
    access=authenticated(),
    activity=unlogged("the reader's own mark; nothing else depends on it"),
    body=schemas.ReadUntil,
    summary_sv="Markera alla som lästa, till och med en tidpunkt",
    summary_en="Mark all as read, up to an instant",
)
def mark_notifications_read(tx: Tx, body: dict[str, Any]) -> None:
    """Set the read mark on what the person has seen; what came in the meantime stays unread."""
    viewing.mark_all(tx, body["until"])


@routes.get(
    "/preferences",
    access=authenticated(),
    answer=schemas.Preferences,
    summary_sv="Mina val av kanal per ämne",
    summary_en="My choice of channel per subject",
)
def get_preferences(tx: Tx) -> preferring.Preferences:
    """The person's choices."""
    return preferring.show(tx)


@routes.put(
    "/preferences",
    access=authenticated(),
    activity=("Ändrade hur meddelanden skickas", "Changed how notices are sent"),
    body=schemas.ChoosePreferences,
    answer=schemas.Preferences,
    errors=(PreferenceMandatory,),
    summary_sv="Välj kanal per ämne",
    summary_en="Choose channels per subject",
)
def put_preferences(tx: Tx, body: preferring.Choose) -> preferring.Preferences:
    """Change some choices."""
    return preferring.choose(tx, body)


def _write_letter(ctx: Context, body: copying.AddCopy) -> copying.Letter:
    return copying.write_letter(body, Sealer(ctx.settings.notify_jwks), ctx.settings.public_url)


@routes.post(
    "/notice-copies",
    access=requires("notify:write"),
    activity=("Lade till en adress som får kopior av meddelanden", "Added an address that gets copies of notices"),
    body=schemas.AddCopy,
    answer=schemas.Copy,
    status=201,
    idempotent=True,
    prepare=_write_letter,
    errors=(CopyNotAllowed, TooManyCopies, TooManyCopyMails),
    summary_sv="Lägg till en adress som får kopior av kontots meddelanden",
    summary_en="Add an address that gets copies of the account's notices",
)
def add_notice_copy(tx: Tx, body: copying.AddCopy, prepared: copying.Letter) -> Any:
    """A company's own address, or somebody who helps (B11, C21). Nothing is copied before the address has said yes."""
    return copying.add_copy(tx, body, prepared)


@routes.get(
    "/notice-copies",
    access=requires("notify:read"),
    answer=schemas.Copies,
    summary_sv="Adresser som får kopior",
    summary_en="Addresses that get copies",
)
def list_notice_copies(tx: Tx) -> Any:
    """Addresses are always masked."""
    return {"items": copying.list_copies(tx)}


@routes.delete(
    "/notice-copies/<uuid:copy_id>",
    access=requires("notify:write"),
    activity=("Tog bort en adress som fick kopior av meddelanden", "Removed an address that got copies of notices"),
    errors=(CopyNotAllowed, CopyNotFound),
    summary_sv="Ta bort en adress som får kopior",
    summary_en="Remove an address that gets copies",
)
def remove_notice_copy(tx: Tx, copy_id: UUID) -> None:
    """No more copies go there."""
    copying.remove_copy(tx, copy_id)


@routes.post(
    "/notice-copy-answers",
    access=public(READS_MAILBOX, csrf=False),
    body=schemas.AnswerCopy,
    rate="invitation",
    errors=(CopyLinkUnknown, CopyEnded),
    summary_sv="Svara ja eller nej till att få kopior",
    summary_en="Say yes or no to getting copies",
)
def answer_notice_copy(tx: Tx, body: copying.AnswerCopy) -> None:
    """The address's own answer; the same link stops the copies later."""
    copying.answer_copy(tx, body)


def _read_report(ctx: Context, delivery_id: UUID, mac: str) -> sending.Report:
    # A form, as the provider sends it; the address holds the proof that it got it from us.
    settings = ctx.settings
    key = settings.sms_webhook_key if isinstance(settings, Settings) else ""
    if not key or not hmac.compare_digest(mac.encode(), report_mac(key, delivery_id).encode()):
        raise DeliveryUnknown
    provider_id, status = request.form.get("id", ""), request.form.get("status", "")
    if not 0 < len(provider_id) <= LONGEST_ID or "\x00" in provider_id or status not in STATUSES:
        raise ReportMalformed
    return sending.Report(delivery_id=delivery_id, provider_id=provider_id, status=status)


@routes.post(
    "/sms-reports/<uuid:delivery_id>/<mac>",
    access=public(reason="the SMS provider reports what became of a message; the address is its secret", csrf=False),
    prepare=_read_report,
    body_limit=REPORT_LIMIT,
    errors=(DeliveryUnknown, ReportMalformed),
    rate="sms-report",
    summary_sv="Leveransrapport från sms-leverantören",
    summary_en="Delivery report of the SMS provider",
)
def report_sms(tx: Tx, delivery_id: UUID, mac: str, prepared: sending.Report) -> None:  # noqa: ARG001 - the path's
    """Note what became of an SMS."""
    sending.report(tx, prepared)
