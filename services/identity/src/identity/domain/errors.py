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


class LoginMethodMissing(NotFound):
    """There is no second e-ID in this installation."""

    code = "login-method-missing"
    sv = ("Inloggningssättet finns inte", "Logga in med BankID.")
    en = ("There is no such way to log in", "Log in with BankID.")


class EidUnavailable(Unavailable):
    """The provider of the second e-ID does not answer as it should (A27)."""

    code = "eid-unavailable"
    sv = ("Inloggningstjänsten svarar inte", "Försök igen om en stund eller använd BankID.")
    en = ("The login service does not answer", "Try again in a while, or use BankID.")


class LoginUnavailable(Unavailable):
    """BankID refused our request: our own fault, which the citizen cannot mend."""

    code = "login-unavailable"
    sv = ("Det går inte att logga in just nu", "Felet ligger hos oss och är registrerat. Försök igen om en stund.")
    en = ("Login is not possible right now", "The fault is ours and has been recorded. Try again in a while.")


class SignOrderNotFound(NotFound):
    """No such sign order for this person, or no attempt at it in this browser."""

    code = "sign-order-not-found"
    sv = ("Underskriften finns inte", "Den kan vara för gammal eller påbörjad i en annan webbläsare. Börja om.")
    en = ("The signature does not exist", "It may be too old or begun in another browser. Start again.")


class SignOrderClosed(InvalidTransition):
    """Signed already, cancelled, withdrawn or expired; ended orders do not begin again."""

    code = "sign-order-closed"
    sv = ("Det går inte längre att skriva under", "Underskriften är redan gjord, avbruten eller för gammal.")
    en = ("It can no longer be signed", "The signature has been made already, was cancelled or is too old.")


class SignOrderDiffers(Conflict):
    """The id is taken by an order of something else."""

    code = "sign-order-differs"
    sv = ("Underskriften är upptagen", "Id:t används redan för en annan underskrift.")
    en = ("The signature is taken", "The id is already used for another signature.")


class SignAttemptsTooMany(RateLimited):
    """Thirty starts of one sign order."""

    code = "sign-attempts-too-many"
    sv = ("För många försök", "Du har försökt skriva under många gånger. Börja om från ärendet.")
    en = ("Too many attempts", "You have tried to sign many times. Start again from the case.")


class SignatureRunning(Conflict):
    """BankID has another order running for the person; both are over now (RFA4)."""

    code = "bankid-already-running"
    sv = ("BankID används redan", "En identifiering eller underskrift pågår redan för ditt personnummer. Försök igen.")
    en = (
        "BankID is already in use",
        "An identification or signature is already in progress for your personal identity number. Please try again.",
    )


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
    """The person behind the session, or the one whom staff ask for, is not here."""

    code = "person-not-found"
    sv = ("Personen finns inte", "Kontrollera personnumret. Gäller det dig själv: logga in igen.")
    en = ("The person does not exist", "Check the personal identity number. If it is about yourself: log in again.")


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
    """It takes a BankID used within fifteen minutes: new contact details, the own data, erasure (reliability 4.3)."""

    code = "login-too-old"
    sv = ("Legitimera dig igen", "Logga in med BankID igen för att göra det här.")
    en = ("Identify yourself again", "Log in with BankID again to do this.")


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
    sv = ("Personnumret är inte giltigt", "Kontrollera det, och ange tolv siffror: ÅÅÅÅMMDDNNNN.")
    en = ("The personal identity number is not valid", "Check it, and enter twelve digits: YYYYMMDDNNNN.")


class LookupsTooMany(RateLimited):
    """Sixty persons an hour for one member of staff."""

    code = "person-lookups-too-many"
    sv = ("För många uppslagningar", "Du har slagit upp många personer den senaste timmen. Vänta en stund.")
    en = ("Too many lookups", "You have looked up many persons in the last hour. Wait a while.")


class PersonBindingNotFound(NotFound):
    """No such binding, or not this inviter's: unknown, forgotten, or of an erased person. One answer for all."""

    code = "person-binding-not-found"
    sv = ("Personnumret finns inte kvar", "Ange personnumret igen i en ny inbjudan.")
    en = ("The personal identity number is gone", "Give the personal identity number again in a new invitation.")


class PersonBindingsTooMany(RateLimited):
    """Thirty personal numbers in 24 hours for one inviter."""

    code = "person-bindings-too-many"
    sv = ("För många personnummer", "Du har angett många personnummer det senaste dygnet. Försök igen senare.")
    en = ("Too many personal numbers", "You have given many personal identity numbers in 24 hours. Try again later.")


class PublishedNumberRefused(Forbidden):
    """A published test number, in production (domain facts 4.4)."""

    code = "test-person-refused"
    sv = ("Testpersoner är inte tillåtna", "Personnumret hör till en testperson.")
    en = ("Test persons are not allowed", "The personal identity number belongs to a test person.")
