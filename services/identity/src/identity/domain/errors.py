"""The error catalogue of identity."""

from __future__ import annotations

from chassis.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    InvalidTransition,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
)


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


class LoginTooOld(Forbidden):
    """Contact details are changed with a BankID used within fifteen minutes (reliability 4.3)."""

    code = "login-too-old"
    sv = ("Legitimera dig igen", "Logga in med BankID igen för att ändra dina kontaktuppgifter.")
    en = ("Identify yourself again", "Log in with BankID again to change your contact details.")


class ContactUnchanged(Conflict):
    """The address is the present one, and confirmed."""

    code = "contact-unchanged"
    sv = ("Uppgiften är redan din", "Du har redan den adressen eller det numret.")
    en = ("Nothing to change", "You already have that address or number.")


class CodesTooMany(RateLimited):
    """Three codes an hour."""

    code = "contact-codes-too-many"
    sv = ("För många koder", "Du har bett om flera koder. Vänta en stund och försök igen.")
    en = ("Too many codes", "You have asked for several codes. Wait a while and try again.")


class ContactChangeNotFound(NotFound):
    """No such change for this person."""

    code = "contact-change-not-found"
    sv = ("Ändringen finns inte", "Börja om med den nya adressen eller det nya numret.")
    en = ("The change does not exist", "Start again with the new address or number.")


class CodeWrong(Invalid):
    """Not the code that was sent."""

    code = "contact-code-wrong"
    sv = ("Koden stämmer inte", "Kontrollera koden och försök igen. Antal försök kvar: {left}.")
    en = ("The code is not right", "Check the code and try again. Tries left: {left}.")


class CodeTriesSpent(Gone):
    """Five wrong codes: this one is dead."""

    code = "contact-code-tries-spent"
    sv = ("För många fel koder", "Koden gäller inte längre. Be om en ny.")
    en = ("Too many wrong codes", "The code is no longer valid. Ask for a new one.")


class CodeExpired(Gone):
    """The code is older than fifteen minutes."""

    code = "contact-code-expired"
    sv = ("Koden har gått ut", "En kod gäller i 15 minuter. Be om en ny.")
    en = ("The code has expired", "A code is valid for 15 minutes. Ask for a new one.")


class ContactChangeClosed(InvalidTransition):
    """Confirmed already, or a later code has been sent."""

    code = "contact-change-closed"
    sv = ("Koden gäller inte längre", "Ändringen är redan gjord, eller så har en nyare kod skickats.")
    en = ("The code is no longer valid", "The change has been made already, or a newer code has been sent.")


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
