"""The error catalogue of identity."""

from __future__ import annotations

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, Unavailable


class LoginNotFound(NotFound):
    """No such login in this browser: unknown, another browser's, replaced, used or too old (C15, C16)."""

    code = "login-not-found"
    sv = (
        "Inloggningen finns inte",
        "Den kan vara för gammal, avbruten eller påbörjad i en annan webbläsare. Börja om.",
    )
    en = ("The login does not exist", "It may be too old, cancelled or begun in another browser. Start again.")


class BankIdUnavailable(Unavailable):
    """BankID does not answer as it should; nobody who is logged in already is affected (A27)."""

    code = "bankid-unavailable"
    sv = ("BankID svarar inte", "Något gick fel. Försök igen.")
    en = ("BankID does not answer", "Something went wrong. Please try again.")


class LoginUnavailable(Unavailable):
    """BankID refused our request: our own fault, which the citizen cannot mend."""

    code = "login-unavailable"
    sv = ("Det går inte att logga in just nu", "Felet ligger hos oss och är registrerat. Försök igen om en stund.")
    en = ("Login is not possible right now", "The fault is ours and has been recorded. Try again in a while.")


class SessionEnded(Unauthenticated):
    """The session is over: logged out, idle for 30 minutes, eight hours old, or replaced (S17, D20)."""

    code = "session-ended"
    sv = ("Du är utloggad", "Sessionen är avslutad. Logga in igen.")
    en = ("You are logged out", "The session has ended. Log in again.")


class SessionNotFound(NotFound):
    """No open session of this person has that id: unknown, over, or somebody else's (C19)."""

    code = "session-not-found"
    sv = ("Sessionen finns inte", "Den kan redan vara avslutad.")
    en = ("The session does not exist", "It may have ended already.")


class ReceiverUnknown(Forbidden):
    """Nobody has given us the key of that service: it is told no personal number."""

    code = "receiver-unknown"
    sv = ("Mottagaren är okänd", "Tjänsten får inte ta emot personnummer.")
    en = ("The receiver is unknown", "The service may not be told personal identity numbers.")


class PersonNotFound(NotFound):
    """The person behind the session is not here."""

    code = "person-not-found"
    sv = ("Personen finns inte", "Logga in igen.")
    en = ("The person does not exist", "Log in again.")


class RegistrationExists(Conflict):
    """Registration is confirmed once (T14); later changes are made to the contact details."""

    code = "registration-exists"
    sv = ("Du är redan registrerad", "Ändra dina uppgifter under Ändra inställningar.")
    en = ("You are already registered", "Change your details under Settings.")


class TermsOutdated(Conflict):
    """Other terms than those in force were read; nobody accepts what has not been shown (T16)."""

    code = "terms-outdated"
    sv = ("Villkoren har ändrats", "Läs de nya villkoren och godkänn dem.")
    en = ("The terms have changed", "Read the new terms and accept them.")


class PersonalNumberInvalid(Invalid):
    """Not a Swedish personal identity or coordination number. The number is never echoed."""

    code = "personal-number-invalid"
    sv = ("Personnumret är inte giltigt", "Ange tolv siffror, ÅÅÅÅMMDDNNNN.")
    en = ("The personal identity number is not valid", "Enter twelve digits, YYYYMMDDNNNN.")


class PublishedNumberRefused(Forbidden):
    """A published test number, in production (domain facts 4.4)."""

    code = "test-person-refused"
    sv = ("Testpersoner är inte tillåtna", "Personnumret hör till en testperson.")
    en = ("Test persons are not allowed", "The personal identity number belongs to a test person.")
