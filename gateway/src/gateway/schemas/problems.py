"""The gateway's own refusals, and the catalogue of every problem that nginx may have to show.

nginx shows them itself, with texts rendered when its configuration is made: so a refusal has its right form also
while the policy is down.
"""

from __future__ import annotations

from dataclasses import dataclass

from chassis import errors
from chassis.http.problems import HTTP_TEXTS, STATUS

Text = tuple[str, str]


class CsrfRefused(errors.Forbidden):
    """A write that did not provably come from our own page (C20)."""

    code = "csrf-refused"
    sv = ("Begäran kunde inte kontrolleras", "Läs in sidan igen och försök på nytt.")
    en = ("The request could not be verified", "Reload the page and try again.")


class AccountMissing(errors.DomainError):
    """A write must say which account it was made for (C2)."""

    code = "account-missing"
    sv = ("Kontot saknas", "Begäran måste ange vilket konto den gäller (Minasidor-Account).")
    en = ("The account is missing", "The request must say which account it concerns (Minasidor-Account).")


class AccountMismatch(errors.Conflict):
    """The page was made for another account than the one that is active now (C2)."""

    code = "account-mismatch"
    sv = ("Du har bytt konto", "Sidan gäller ett annat konto än det du har valt. Läs in sidan igen. Inget har sparats.")
    en = (
        "You have changed account",
        "The page concerns another account than the one you have chosen. Reload the page. Nothing was saved.",
    )


class AccountNotChosen(errors.Forbidden):
    """Logged in, but no account is chosen yet (T20)."""

    code = "account-not-chosen"
    sv = ("Välj konto", "Välj vilket konto du vill använda.")
    en = ("Choose an account", "Choose which account you want to use.")


class NoGrant(errors.Forbidden):
    """No access to the account: never had, revoked (C8), past its end date, or no such account. One answer for all."""

    code = "no-access"
    sv = ("Du har inte tillgång till kontot", "Du har inte behörighet till kontot. Välj ett annat konto.")
    en = ("You do not have access to the account", "You are not authorised for the account. Choose another account.")


class AccountSuspended(errors.Forbidden):
    """The person has a right to the account, and customer service has suspended it for everybody (B12)."""

    code = "account-suspended"
    sv = ("Kontot är spärrat", "Ingen kan använda kontot just nu. Välj ett annat konto eller kontakta kundservice.")
    en = (
        "The account is suspended",
        "Nobody can use the account right now. Choose another account or contact customer service.",
    )


class ServiceUnavailable(errors.Unavailable):
    """The service, or identity or org-registry before it, does not answer. What became of a write is not known."""

    code = "service-unavailable"
    sv = ("Tjänsten är inte tillgänglig just nu", "Försök igen om en stund.")
    en = ("The service is not available right now", "Try again in a while.")


@dataclass(frozen=True)
class Problem:
    """One problem as nginx shows it."""

    code: str
    status: int
    sv: Text
    en: Text
    retry_after: str = ""
    """Seconds, or an nginx variable."""


def _of(cls: type[errors.DomainError], retry_after: str = "") -> Problem:
    return Problem(cls.code, next(STATUS[base] for base in cls.__mro__ if base in STATUS), cls.sv, cls.en, retry_after)


def _http(status: int) -> Problem:
    code, (sv, en) = HTTP_TEXTS[status]
    return Problem(code, status, sv, en)


REFUSALS: tuple[type[errors.DomainError], ...] = (
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NotFound,
    CsrfRefused,
    AccountMissing,
    AccountMismatch,
    AccountNotChosen,
    NoGrant,
    AccountSuspended,
)
"""What the policy may name in ``X-Problem``, beside ``service-unavailable`` and ``method-not-allowed``."""

PROBLEMS: tuple[Problem, ...] = (
    *(_of(cls) for cls in REFUSALS),
    _of(ServiceUnavailable, "5"),
    _of(errors.RateLimited, "$retry_after_seconds"),
    *(_http(status) for status in (400, 405, 408, 413)),
    Problem(
        "uri-too-long",
        414,
        ("Adressen är för lång", "Förkorta adressen eller frågan."),
        ("The address is too long", "Shorten the address or the query."),
    ),
    Problem(
        "headers-too-large",
        431,
        ("För stora huvuden", "Webbläsaren skickade mer än vad som tas emot. Rensa kakor för sidan och försök igen."),
        ("Headers too large", "The browser sent more than is accepted. Clear the cookies of this site and try again."),
    ),
    Problem(
        "unknown-host",
        421,
        ("Okänd adress", "Den adressen hör inte till Mina sidor."),
        ("Unknown host", "That host name does not belong to Mina sidor."),
    ),
    Problem(
        "service-timeout",
        504,
        ("Det tog för lång tid", "Kontrollera om det gick igenom innan du försöker igen."),
        ("It took too long", "Check whether it went through before you try again."),
        "5",
    ),
)
"""Every problem that can come from the gateway itself."""
