"""The rules of notices: what is told to whom, by which channel, and what becomes of it. Plain Python."""

from notify.domain.addresses import InvalidAddress, clean_email, clean_phone
from notify.domain.deliveries import (
    ATTEMPTS_LIMIT,
    TRANSITIONS,
    Channel,
    DeliveryState,
    Outcome,
    Verdict,
    message_key,
    move,
    next_state,
    retry_wait,
)
from notify.domain.errors import DeliveryUnknown, NotificationNotFound, PreferenceMandatory, ReportMalformed
from notify.domain.planning import (
    WAITS_AT_MOST,
    Address,
    Choice,
    NotificationState,
    Plan,
    Planned,
    Reach,
    fallback,
    plan,
)
from notify.domain.templates import SUBJECTS, TEMPLATES, Subject, Template, link_path

__all__ = [
    "ATTEMPTS_LIMIT",
    "SUBJECTS",
    "TEMPLATES",
    "TRANSITIONS",
    "WAITS_AT_MOST",
    "Address",
    "Channel",
    "Choice",
    "DeliveryState",
    "DeliveryUnknown",
    "InvalidAddress",
    "NotificationNotFound",
    "NotificationState",
    "Outcome",
    "Plan",
    "Planned",
    "PreferenceMandatory",
    "Reach",
    "ReportMalformed",
    "Subject",
    "Template",
    "Verdict",
    "clean_email",
    "clean_phone",
    "fallback",
    "link_path",
    "message_key",
    "move",
    "next_state",
    "plan",
    "retry_wait",
]
