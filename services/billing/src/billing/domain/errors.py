"""Every refusal of billing, with its texts. Codes are public and stable.

What the billing system gets wrong has a class and a code of its own for each rule: the dead letter shows the code.
"""

from __future__ import annotations

from chassis import errors


class InvoiceNotFound(errors.NotFound):
    """No such invoice for this account."""

    code = "invoice-not-found"
    sv = ("Fakturan finns inte", "Fakturan finns inte, eller så har du inte tillgång till den.")
    en = ("The invoice does not exist", "The invoice does not exist, or you do not have access to it.")


class PeriodBackwards(errors.Invalid):
    """The period ends before it begins."""

    code = "period-backwards"
    sv = ("Perioden är bakvänd", "Slutdatum måste vara samma dag som startdatum eller senare.")
    en = ("The period is backwards", "The last day must be the same as the first day, or later.")


class InvoiceRefused(errors.Invalid):
    """A document from the billing system breaks a rule; the code says which."""

    code = "invoice-refused"
    sv = ("Fakturan kan inte tas emot", "Fakturan följer inte reglerna.")
    en = ("The invoice cannot be taken", "The invoice does not follow the rules.")


class InvoiceLineWrong(InvoiceRefused):
    """A line is not quantity times unit price."""

    code = "invoice-line-does-not-add-up"
    sv = ("En fakturarad stämmer inte", "Rad {line}: beloppet är inte antal gånger pris, avrundat till hela ören.")
    en = ("An invoice line does not add up", "Line {line}: the amount is not quantity times price in whole öre.")


class InvoiceVatBasisWrong(InvoiceRefused):
    """The sums per VAT rate are not those of the lines."""

    code = "invoice-vat-basis-differs-from-lines"
    sv = ("Momsunderlaget stämmer inte", "Summan för {rate} % är inte radernas summa.")
    en = ("The VAT basis does not add up", "The sum for {rate} % is not that of the lines.")


class InvoiceVatWrong(InvoiceRefused):
    """The VAT is not the rate of its basis."""

    code = "invoice-vat-is-not-its-rate"
    sv = ("Momsen stämmer inte", "Momsen för {rate} % är inte {rate} % av underlaget.")
    en = ("The VAT does not add up", "The VAT for {rate} % is not {rate} % of its basis.")


class InvoiceTotalWrong(InvoiceRefused):
    """Net, VAT and rounding are not the total."""

    code = "invoice-total-does-not-add-up"
    sv = ("Fakturans summa stämmer inte", "Netto, moms och öresavrundning blir inte summan att betala.")
    en = ("The invoice total does not add up", "Net, VAT and rounding do not make the total.")


class InvoiceRoundingWrong(InvoiceRefused):
    """The total is not in whole kronor, or the rounding is more than half a krona."""

    code = "invoice-rounding-is-not-to-whole-kronor"
    sv = ("Öresavrundningen stämmer inte", "Summan ska vara i hela kronor, avrundad med högst 50 öre.")
    en = ("The rounding is not right", "The total shall be in whole kronor, rounded by 50 öre at most.")


class InvoiceAmountTooLarge(InvoiceRefused):
    """An amount that no invoice has."""

    code = "invoice-amount-too-large"
    sv = ("Beloppet är orimligt", "Ett belopp på fakturan är orimligt stort.")
    en = ("The amount is unreasonable", "An amount on the invoice is unreasonably large.")


class InvoiceDatesWrong(InvoiceRefused):
    """Due before issued, or a period that ends before it begins."""

    code = "invoice-dates-in-wrong-order"
    sv = ("Fakturans datum stämmer inte", "Förfallodag eller period ligger i fel ordning.")
    en = ("The invoice dates are not right", "The due date or the period is in the wrong order.")


class InvoiceOcrWrong(InvoiceRefused):
    """The check digit of the payment reference is wrong: nobody could pay it."""

    code = "invoice-ocr-check-digit-wrong"
    sv = ("OCR-numret stämmer inte", "Kontrollsiffran i OCR-numret är fel.")
    en = ("The OCR reference is not right", "The check digit of the OCR reference is wrong.")


class InvoiceOcrOfOther(InvoiceRefused):
    """The payment reference belongs to another customer's invoice."""

    code = "invoice-ocr-belongs-to-another-customer"
    sv = ("OCR-numret är upptaget", "OCR-numret hör till en annan kunds faktura.")
    en = ("The OCR reference is taken", "The OCR reference belongs to another customer's invoice.")


class CreditWithoutOriginal(InvoiceRefused):
    """A credit must point to its original, and nothing else may."""

    code = "credit-must-point-to-its-original"
    sv = (
        "Ändringsfakturan saknar original",
        "Varje ändringsfaktura, och ingen annan, pekar på originalet.",
    )
    en = ("The credit note has no original", "A credit note, and nothing else, points to the original invoice.")


class CreditNotNegative(InvoiceRefused):
    """A credit gives money back."""

    code = "credit-must-be-negative"
    sv = ("Ändringsfakturan är inte negativ", "En ändringsfaktura har en negativ summa.")
    en = ("The credit note is not negative", "A credit note has a negative total.")


class InvoiceChanged(errors.Conflict):
    """The invoice number is known with other content. Invoices are never changed: a credit is issued."""

    code = "invoice-issued-before-with-other-content"
    sv = ("Fakturan finns redan", "Fakturanumret finns redan med ett annat innehåll.")
    en = ("The invoice exists already", "The invoice number is known with other content.")


class PaymentNotPositive(errors.Invalid):
    """A payment brings money in."""

    code = "payment-must-be-positive"
    sv = ("Betalningen är inte positiv", "Ett inbetalt belopp är större än noll.")
    en = ("The payment is not positive", "A payment received is more than zero.")


class PaymentChanged(errors.Conflict):
    """The payment is known with other content."""

    code = "payment-received-before-with-other-content"
    sv = ("Betalningen finns redan", "Betalningen finns redan med ett annat innehåll.")
    en = ("The payment exists already", "The payment is known with other content.")


# -- sharing one invoice (FC22) -------------------------------------------------------------------------------------

ASK_AGAIN_SV = "Be den som delade fakturan att dela den igen."
ASK_AGAIN_EN = "Ask the person who shared the invoice to share it again."


class InvoiceShareNotFound(errors.NotFound):
    """No such share or link, or not this person's: one answer for all (C9)."""

    code = "invoice-share-not-found"
    sv = ("Delningen finns inte", "Den delade fakturan finns inte, eller så har du inte tillgång till den.")
    en = ("No such shared invoice", "The shared invoice does not exist, or you do not have access to it.")


class InvoiceShareNotAllowed(errors.Forbidden):
    """C7: the right was lost a moment ago, or never included letting others see."""

    code = "invoice-share-not-allowed"
    sv = ("Du får inte dela fakturan", "Din behörighet omfattar inte att låta andra se kontots fakturor.")
    en = ("You may not share the invoice", "Your access does not include letting others see the account's invoices.")


class InvoiceShareAccountLimit(errors.RateLimited):
    """C28: so many mails a day and account."""

    code = "invoice-share-account-limit"
    sv = ("För många delningar", "Från ett konto kan {limit} fakturor delas per dygn. Försök igen senare.")
    en = ("Too many shared invoices", "An account can share {limit} invoices in 24 hours. Try again later.")


class InvoiceShareAddressLimit(errors.RateLimited):
    """C28: so many mails a day to one mailbox, whoever sends them."""

    code = "invoice-share-address-limit"
    sv = ("För många mejl till adressen", "En adress kan få {limit} delade fakturor per dygn. Försök igen senare.")
    en = ("Too many mails to the address", "An address can get {limit} shared invoices in 24 hours. Try again later.")


class InvoiceShareOver(errors.InvalidTransition):
    """There is nothing left to end."""

    code = "invoice-share-over"
    sv = ("Delningen är redan slut", "Delningen har redan avslutats eller gått ut. Läs in sidan igen.")
    en = ("The sharing is over already", "It has been ended or has expired. Reload the page.")


class InvoiceShareExpired(errors.Gone):
    """Its time is over, to the second."""

    code = "invoice-share-expired"
    sv = ("Tiden är slut", f"Fakturan delades för en viss tid, som har gått ut. {ASK_AGAIN_SV}")
    en = ("The time is over", f"The invoice was shared for some time, which is over. {ASK_AGAIN_EN}")


class InvoiceShareEnded(errors.Gone):
    """Ended by the account's people, or its sharer has lost access (D6); which of them is not told."""

    code = "invoice-share-ended"
    sv = ("Fakturan delas inte längre", f"Delningen har avslutats. {ASK_AGAIN_SV}")
    en = ("The invoice is not shared any more", f"The sharing has been ended. {ASK_AGAIN_EN}")


class InvoiceShareUsedByOther(errors.Gone):
    """Somebody else was first with this link (C12)."""

    code = "invoice-share-used-by-other"
    sv = ("Någon annan har öppnat länken", f"Länken gäller bara för den som öppnade den först. {ASK_AGAIN_SV}")
    en = ("Somebody else has opened the link", f"The link is only for whoever opened it first. {ASK_AGAIN_EN}")


class InvoiceShareOwn(errors.Forbidden):
    """The sharer opened the own link."""

    code = "invoice-share-own"
    sv = ("Det är du som har delat fakturan", "Länken är till den du delade fakturan med. Du ser den bland dina egna.")
    en = (
        "It was you who shared the invoice",
        "The link is for whom you shared it with. It is among your own invoices.",
    )


class RecipientNotVerified(errors.Unavailable):
    """Without a verified name the sharer could not see who it was. Our own fault, never the person's."""

    code = "invoice-share-recipient-not-verified"
    sv = ("Vi kan inte bekräfta vem du är", "Ditt namn kunde inte hämtas från inloggningen. Logga in igen.")
    en = ("We cannot confirm who you are", "Your name could not be read from the login. Log in again.")
