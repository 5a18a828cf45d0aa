"""The routes. Notices and choices belong to the person, whatever account he acts for."""

from __future__ import annotations

import hmac
from typing import Any
from uuid import UUID

from flask import request

from chassis.http.access import authenticated, public
from chassis.http.routes import Context, Page, Routes
from chassis.transaction import Tx
from notify import schemas
from notify.domain import DeliveryUnknown, NotificationNotFound, PreferenceMandatory, ReportMalformed, report_mac
from notify.settings import Settings
from notify.usecases import preferring, sending, viewing

STATUSES = frozenset({"created", "sent", "delivered", "failed"})
LONGEST_ID = 100
REPORT_LIMIT = 4096

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
    body=schemas.ChoosePreferences,
    answer=schemas.Preferences,
    errors=(PreferenceMandatory,),
    summary_sv="Välj kanal per ämne",
    summary_en="Choose channels per subject",
)
def put_preferences(tx: Tx, body: preferring.Choose) -> preferring.Preferences:
    """Change some choices."""
    return preferring.choose(tx, body)


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
