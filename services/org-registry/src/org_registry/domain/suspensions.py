"""Suspending an account with a reason (B12): nobody of it has access until customer service resumes it."""

from __future__ import annotations

from enum import StrEnum

from chassis.errors import Conflict, Forbidden, NotFound


class SuspensionReason(StrEnum):
    """Why; the person is told it in these words, the note of whoever did it stays inside."""

    CUSTOMER_REQUEST = "customer-request"
    SUSPECTED_MISUSE = "suspected-misuse"
    AUTHORITY_UNCLEAR = "authority-unclear"
    ORGANISATION_ENDED = "organisation-ended"
    OTHER = "other"


CALL_SV, CALL_EN = "Kontakta kundservice om du har frågor.", "Contact customer service if you have questions."
SUSPENDED: dict[SuspensionReason, dict[str, str]] = {
    SuspensionReason.CUSTOMER_REQUEST: {
        "sv": f"Kontot är spärrat på begäran av den som har det. {CALL_SV}",
        "en": f"The account is suspended at the request of its owner. {CALL_EN}",
    },
    SuspensionReason.SUSPECTED_MISUSE: {
        "sv": f"Kontot är spärrat för säkerhets skull. {CALL_SV}",
        "en": f"The account is suspended as a precaution. {CALL_EN}",
    },
    SuspensionReason.AUTHORITY_UNCLEAR: {
        "sv": f"Kontot är spärrat medan vi utreder vem som får företräda det. {CALL_SV}",
        "en": f"The account is suspended while we find out who may act for it. {CALL_EN}",
    },
    SuspensionReason.ORGANISATION_ENDED: {
        "sv": f"Kontot är spärrat eftersom organisationen har upphört. {CALL_SV}",
        "en": f"The account is suspended because the organisation has ceased to exist. {CALL_EN}",
    },
    SuspensionReason.OTHER: {
        "sv": f"Kontot är spärrat. {CALL_SV}",
        "en": f"The account is suspended. {CALL_EN}",
    },
}
"""What is shown beside the account at login (B12)."""


class GrantSuspended(Forbidden):
    """B12: the person has a right to the account, and nobody may use it now."""

    code = "grant-suspended"
    sv = ("Kontot är spärrat", "Ingen kan använda kontot just nu. Kontakta kundservice.")
    en = ("The account is suspended", "Nobody can use the account right now. Contact customer service.")


class SuspensionNotFound(NotFound):
    """Unknown, or ended before."""

    code = "account-suspension-not-found"
    sv = ("Spärren finns inte", "Spärren finns inte, eller så är den redan hävd.")
    en = ("No such suspension", "The suspension does not exist, or it has already been ended.")


class AccountSuspendedAlready(Conflict):
    """One suspension at a time."""

    code = "account-suspended-already"
    sv = ("Kontot är redan spärrat", "Kontot är redan spärrat. Läs in sidan igen.")
    en = ("The account is already suspended", "The account is already suspended. Reload the page.")
