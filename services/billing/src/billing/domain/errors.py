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
