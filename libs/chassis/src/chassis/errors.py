"""The kinds of error that a citizen or another system may meet, and the base of every catalogue.

A service declares its own errors in ``domain`` as subclasses of a kind; ``chassis.http`` alone knows
what HTTP status a kind has. ``code`` is stable and public; texts are shown to people in their language
and must hold nothing personal: parameters are echoed.
"""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a stable code and a text in Swedish and English (title, detail)."""

    code: ClassVar[str] = "error"
    sv: ClassVar[tuple[str, str]] = ("Något gick fel", "Försök igen.")
    en: ClassVar[tuple[str, str]] = ("Something went wrong", "Try again.")

    def __init__(self, *, field: str | None = None, **params: Any) -> None:
        """``field`` names the field to mend, ``params`` fill the texts."""
        super().__init__(self.code)
        self.field = field
        self.params = params

    def text(self, locale: str) -> tuple[str, str]:
        """Title and detail in ``sv`` or ``en``."""
        title, detail = self.en if locale == "en" else self.sv
        return title, detail.format(**self.params)


class NotFound(DomainError):
    """No such thing, or not yours: the same answer for both."""

    code = "not-found"
    sv = ("Finns inte", "Det du söker finns inte, eller så har du inte tillgång till det.")
    en = ("Not found", "What you asked for does not exist, or you do not have access to it.")


class Forbidden(DomainError):
    """You may not do this."""

    code = "forbidden"
    sv = ("Ej tillåtet", "Du har inte behörighet att göra detta.")
    en = ("Not allowed", "You are not allowed to do this.")


class Unauthenticated(DomainError):
    """Log in first."""

    code = "not-logged-in"
    sv = ("Du är inte inloggad", "Logga in med BankID och försök igen.")
    en = ("You are not logged in", "Log in with BankID and try again.")


class Conflict(DomainError):
    """Somebody else was first, or the state has changed."""

    code = "conflict"
    sv = ("Något har ändrats", "Läs in sidan igen och försök på nytt.")
    en = ("Something has changed", "Reload and try again.")


class InvalidTransition(Conflict):
    """The thing is not in a state where this can be done."""

    code = "invalid-transition"
    sv = ("Det går inte just nu", "Åtgärden är inte möjlig i det läge som gäller nu. Läs in sidan igen.")
    en = ("Not possible now", "This cannot be done in the present state. Reload the page.")


class Invalid(DomainError):
    """The input is understood but wrong."""

    code = "invalid"
    sv = ("Uppgifterna är inte giltiga", "Rätta uppgifterna och försök igen.")
    en = ("The input is not valid", "Correct the input and try again.")


class Gone(DomainError):
    """It existed, and its time is over."""

    code = "gone"
    sv = ("Gäller inte längre", "Det du söker gäller inte längre.")
    en = ("No longer valid", "What you asked for is no longer valid.")


class RateLimited(DomainError):
    """Too many tries; ``retry_after`` in seconds."""

    code = "too-many-requests"
    sv = ("För många försök", "Vänta en stund och försök igen.")
    en = ("Too many attempts", "Wait a while and try again.")

    def __init__(self, *, retry_after: int = 60, field: str | None = None, **params: Any) -> None:
        super().__init__(field=field, **params)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Our side (or a system we depend on) is down; ``retry_after`` in seconds."""

    code = "unavailable"
    sv = ("Tjänsten är inte tillgänglig just nu", "Försök igen om en stund. Inget har sparats.")
    en = ("The service is not available right now", "Try again in a while. Nothing was saved.")

    def __init__(self, *, retry_after: int = 5, field: str | None = None, **params: Any) -> None:
        super().__init__(field=field, **params)
        self.retry_after = retry_after


class Retryable(Exception):
    """A consumer or job met something that passes by itself: try later, spend no attempt."""


def catalogue(base: type[DomainError] = DomainError) -> list[type[DomainError]]:
    """Every error class declared so far, sorted by code; the source of the error catalogue."""
    found: dict[str, type[DomainError]] = {}
    todo = [base]
    while todo:
        cls = todo.pop()
        found.setdefault(f"{cls.__module__}.{cls.__qualname__}", cls)
        todo.extend(cls.__subclasses__())
    return sorted(found.values(), key=lambda cls: (cls.code, cls.__qualname__))
