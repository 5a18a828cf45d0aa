"""The refusals of org-registry and their texts."""

from __future__ import annotations

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, Unavailable

COMPANY_OPENED = {
    "sv": "Det gick bra att uppdatera organisationen. Nu kan du logga in på ditt företagskonto på Mina sidor.",
    "en": "The organisation has been updated. You can now log in to your company account on My pages.",
}
"""T28, to the letter."""
COMPANY_WAITING = {
    "sv": (
        "Du tecknar firman tillsammans med någon annan. Kontot öppnas när den som tecknar firman tillsammans med dig "
        "har loggat in och angett samma organisationsnummer, senast {before}."
    ),
    "en": (
        "You sign for the company together with somebody else. The account opens when the person who signs together "
        "with you has logged in and entered the same organisation number, no later than {before}."
    ),
}
"""D10."""
NO_SERVICES = {
    "sv": "Du har inga aktiva tjänster hos oss. Är det fel? Kontakta kundservice, så hjälper vi dig.",
    "en": "You have no active services with us. Is that wrong? Contact customer service and we will help you.",
}
"""T18."""
NOT_YET_REGISTERED = {
    "sv": (
        "Vi håller på att registrera dig som kund. Dina tjänster visas här när registreringen är klar, "
        "oftast inom ett dygn."
    ),
    "en": (
        "We are registering you as a customer. Your services appear here when the registration is complete, "
        "usually within a day."
    ),
}
"""T19, D14."""
WAITING_FOR_COSIGNATORY = {
    "sv": "Företagskontot öppnas när den som tecknar firman tillsammans med dig också har bekräftat.",
    "en": "The company account opens when the person who signs together with you has confirmed as well.",
}
"""D10, at login."""


class NotSignatory(Forbidden):
    """T30, T31: no account; the detail is T31 to the letter."""

    code = "not-signatory"
    sv = ("Inget konto har skapats", "Ej tillåtet att göra företagskoppling. Du behöver vara firmatecknare.")
    en = ("No account was created", "You may not link the company. You need to be an authorised signatory.")


class RegisterUnavailable(Unavailable):
    """D11: nobody has been refused, nobody has been let in."""

    code = "register-unavailable"
    sv = (
        "Bolagsverket svarar inte",
        "Vi kan inte nå Bolagsverket just nu. Inget konto har skapats och inget är avgjort. Försök igen om en stund.",
    )
    en = (
        "The companies register does not answer",
        "We cannot reach Bolagsverket right now. No account was created and nothing is decided. Try again in a while.",
    )


class TooManyCompanyAttempts(RateLimited):
    """C30: ten tries an hour and person."""

    code = "company-account-too-many-attempts"
    sv = ("För många försök", "Du har försökt för många gånger. Vänta en stund och försök igen.")
    en = ("Too many attempts", "You have tried too many times. Wait a while and try again.")


class CustomerLinkNotFound(NotFound):
    """K16: unknown, or linked to no account as it is."""

    code = "customer-link-not-found"
    sv = ("Ingen koppling finns", "Kundnumret är inte kopplat till något konto.")
    en = ("No such link", "The customer number is not linked to any account.")


class LinkCorrectionNotFound(NotFound):
    """K16: unknown, or lifted before."""

    code = "link-correction-not-found"
    sv = ("Rättelsen finns inte", "Rättelsen finns inte, eller så är den redan hävd.")
    en = ("No such correction", "The correction does not exist, or it has already been lifted.")


class AccountNotFound(NotFound):
    """The account is closed to this person, or was never his."""

    code = "account-not-found"
    sv = ("Kontot finns inte", "Kontot finns inte, eller så har du inte längre tillgång till det.")
    en = ("No such account", "The account does not exist, or you no longer have access to it.")


class GrantNotFound(NotFound):
    """The person may not act for the account (now)."""

    code = "grant-not-found"
    sv = ("Ingen behörighet", "Personen har ingen behörighet till kontot.")
    en = ("No access", "The person has no access to the account.")


class MembershipNotFound(NotFound):
    """Unknown, of another account, ended, or not his to see (D1)."""

    code = "membership-not-found"
    sv = ("Behörigheten finns inte", "Behörigheten finns inte, eller så kan du inte se den. Läs in sidan igen.")
    en = ("No such access", "The access does not exist, or you cannot see it. Reload the page.")


class MembershipProtected(Forbidden):
    """D2: the owner's and the signatories' right does not come from the one who wants to end it."""

    code = "membership-protected"
    sv = (
        "Personen kan inte tas bort",
        "Kontots ägare kan inte tas bort, och en firmatecknare kan bara tas bort av en annan firmatecknare.",
    )
    en = (
        "The person cannot be removed",
        "The owner of the account cannot be removed, and a signatory can only be removed by another signatory.",
    )


class LastHolder(Conflict):
    """D2: an account is never left without anybody who answers for it."""

    code = "membership-last-holder"
    sv = (
        "Du kan inte ta bort dig själv",
        "Du är den sista som ansvarar för kontot. Kontakta kundservice om du vill avsluta det.",
    )
    en = (
        "You cannot remove yourself",
        "You are the last one who is responsible for the account. Contact customer service if you want to close it.",
    )


class GrantNotHeld(Forbidden):
    """C6, C7: the approver or the inviter does not hold the right (any longer); nothing is granted."""

    code = "grant-not-held"
    sv = ("Behörigheten gäller inte längre", "Den som bjöd in eller godkände får inte längre dela ut behörighet.")
    en = ("The right is no longer held", "The person who invited or approved may no longer give access.")


class GrantTooWide(Forbidden):
    """D22: nobody grants more than he holds."""

    code = "grant-too-wide"
    sv = ("Behörigheten är för vid", "Ingen kan dela ut mer behörighet än den själv har.")
    en = ("Too much access", "Nobody can give more access than they have.")


class GrantToMember(Conflict):
    """C15: the person acts for the account already; a second right beside it would be two truths."""

    code = "grant-to-member"
    sv = ("Personen har redan tillgång", "Personen har redan tillgång till kontot.")
    en = ("The person already has access", "The person already has access to the account.")


class GrantEnded(Invalid):
    """The end date has passed before the grant began."""

    code = "grant-ended"
    sv = ("Slutdatumet har passerat", "Behörigheten skulle redan ha upphört.")
    en = ("The end date has passed", "The access would already have ended.")
