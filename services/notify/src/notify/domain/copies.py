"""Copies of an account's notices to further addresses: a company's own, or somebody who helps (B11, C21).

Only what is about the service is copied, never what is about access. A copy says no more than any notice (D26), and
nothing is sent before the address itself has said yes.
"""

from __future__ import annotations

from datetime import timedelta

from chassis.errors import Conflict, Forbidden, Gone, NotFound, RateLimited

COPIED = ("invoices", "payments", "readings")
"""The subjects that can be copied."""
MOST = 5
"""Addresses of one account."""
MAILS_A_DAY = 10
CONFIRM_WITHIN = timedelta(hours=72)
HOLDERS = frozenset({"owner", "signatory"})


class CopyNotAllowed(Forbidden):
    """Who answers for the account decides who else hears of it."""

    code = "notice-copy-not-allowed"
    sv = ("Du kan inte ändra kopior", "Bara kontots ägare eller en firmatecknare väljer vilka som får kopior.")
    en = ("You cannot change copies", "Only the owner of the account or a signatory chooses who gets copies.")


class CopyNotFound(NotFound):
    """Unknown, of another account, or ended."""

    code = "notice-copy-not-found"
    sv = ("Adressen finns inte", "Adressen får inga kopior, eller så har den redan tagits bort.")
    en = ("No such address", "The address gets no copies, or it has already been removed.")


class TooManyCopies(Conflict):
    """A handful for one account."""

    code = "notice-copy-limit"
    sv = ("För många adresser", "Ett konto kan skicka kopior till {limit} adresser. Ta bort någon först.")
    en = ("Too many addresses", "An account can send copies to {limit} addresses. Remove one first.")


class TooManyCopyMails(RateLimited):
    """C28: nobody makes us write to strangers all day."""

    code = "notice-copy-mail-limit"
    sv = ("För många försök", "Högst {limit} adresser per dygn kan läggas till. Försök igen i morgon.")
    en = ("Too many tries", "At most {limit} addresses can be added in 24 hours. Try again tomorrow.")


class CopyLinkUnknown(NotFound):
    """The link is nobody's."""

    code = "notice-copy-link-unknown"
    sv = ("Länken gäller inte", "Länken gäller inte. Öppna den i det senaste mejlet.")
    en = ("The link is not valid", "The link is not valid. Open the one in the latest e-mail.")


class CopyEnded(Gone):
    """Removed, stopped, or not confirmed in time."""

    code = "notice-copy-ended"
    sv = ("Inga kopior skickas", "Adressen får inte längre några kopior. Den som har kontot kan lägga till den igen.")
    en = ("No copies are sent", "The address no longer gets copies. The owner of the account can add it again.")
