"""The form of requests and answers."""

from __future__ import annotations

from marshmallow import fields, validate

from billing import domain
from billing.usecases import ListInvoices
from billing.usecases import OpenLink as LinkCommand
from billing.usecases import ShareInvoice as ShareCommand
from chassis.http.schemas import Answer, EmailAddress, Instant, Ore, PageQuery, QueryNumber, Strict, WholeNumber

DOCUMENT_STATUSES = [status.value for status in domain.DocumentStatus]
PAYMENT_STATUSES = [status.value for status in domain.PaymentStatus]
KINDS = [kind.value for kind in domain.Kind]


class InvoiceQuery(PageQuery):
    """Which invoices."""

    command = ListInvoices

    status = fields.String(
        load_default=None,
        validate=validate.OneOf(["paid", "unpaid"]),
        metadata={"description": "unpaid: något återstår att betala / something remains to pay"},
    )
    from_on = fields.Date(load_default=None, metadata={"description": "Fakturadatum från / invoice date from"})
    to_on = fields.Date(load_default=None, metadata={"description": "Fakturadatum till / invoice date to"})


class CostQuery(Strict):
    """Which year."""

    year = QueryNumber(required=True, validate=validate.Range(1990, 2100))


class InvoiceRow(Answer):
    """An invoice in a list. Amounts are öre."""

    id = fields.UUID(required=True)
    invoice_number = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    issued_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    period_from = fields.Date(required=True)
    period_to = fields.Date(required=True)
    service_areas = fields.List(fields.String(), required=True)
    total_ore = Ore(required=True)
    credited_ore = Ore(required=True)
    paid_ore = Ore(required=True)
    remaining_ore = Ore(
        required=True,
        metadata={"description": "Kvar att betala; mindre än noll: att få tillbaka / to pay; below zero: to get back"},
    )
    document_status = fields.String(required=True, validate=validate.OneOf(DOCUMENT_STATUSES))
    payment_status = fields.String(required=True, validate=validate.OneOf(PAYMENT_STATUSES))
    overdue = fields.Boolean(required=True)
    ocr = fields.String(required=True)
    bankgiro = fields.String(required=True)


class Line(Answer):
    """An invoice line; quantity and price are decimals as text."""

    description = fields.String(required=True)
    quantity = fields.Method("quantity_text", required=True, metadata={"type": "string", "example": "12.5"})
    unit = fields.String(required=True)
    unit_price_ore = fields.Method("price_text", required=True, metadata={"type": "string", "example": "98.75"})
    net_ore = Ore(required=True)
    vat_rate = fields.Integer(required=True, metadata={"description": "Procent / per cent"})
    vat_ore = Ore(required=True)
    service_area = fields.String(required=True, allow_none=True)
    facility_id = fields.String(required=True, allow_none=True)
    period_from = fields.Date(required=True, allow_none=True)
    period_to = fields.Date(required=True, allow_none=True)

    def quantity_text(self, line: object) -> str:
        """Without needless zeros."""
        return domain.plain(getattr(line, "quantity"))  # noqa: B009 - rows have their columns as attributes

    def price_text(self, line: object) -> str:
        """Without needless zeros."""
        return domain.plain(getattr(line, "unit_price_ore"))  # noqa: B009 - rows have their columns as attributes


class VatSum(Answer):
    """Basis and VAT of one rate."""

    rate = fields.Integer(required=True)
    net_ore = Ore(required=True)
    vat_ore = Ore(required=True)


class Payment(Answer):
    """Money that has come in for the invoice's reference."""

    amount_ore = Ore(required=True)
    received_on = fields.Date(required=True)


class Credit(Answer):
    """A credit note that points to the invoice."""

    id = fields.UUID(required=True)
    invoice_number = fields.String(required=True)
    issued_on = fields.Date(required=True)
    total_ore = Ore(required=True)


class Invoice(InvoiceRow):
    """An invoice with everything on it."""

    net_ore = Ore(required=True)
    vat_ore = Ore(required=True)
    rounding_ore = Ore(required=True)
    lines = fields.List(fields.Nested(Line), required=True)
    vat = fields.List(fields.Nested(VatSum), required=True)
    payments = fields.List(fields.Nested(Payment), required=True)
    credits_invoice_number = fields.String(
        required=True, allow_none=True, metadata={"description": "Originalet / the original, of a credit note"}
    )
    credited_by = fields.List(fields.Nested(Credit), required=True)
    reading_id = fields.UUID(required=True, allow_none=True)


class AreaCost(Answer):
    """Cost of one service area, VAT included."""

    service_area = fields.String(required=True, metadata={"description": "other: avgifter och öresavrundning / fees"})
    amount_ore = Ore(required=True)


class MonthCost(Answer):
    """Cost of one month."""

    month = fields.Integer(required=True)
    total_ore = Ore(required=True)
    areas = fields.List(fields.Nested(AreaCost), required=True)


class Costs(Answer):
    """Cost of a year by month of issue."""

    year = fields.Integer(required=True)
    total_ore = Ore(required=True)
    areas = fields.List(fields.Nested(AreaCost), required=True)
    months = fields.List(fields.Nested(MonthCost), required=True)


class Address(Answer):
    """Where the service is delivered."""

    street = fields.String(required=True)
    postal_code = fields.String(required=True)
    city = fields.String(required=True)


class Agreement(Answer):
    """An agreement of the account."""

    agreement_number = fields.String(required=True)
    service_area = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    facility_id = fields.String(required=True, allow_none=True)
    address = fields.Nested(Address, required=True)


class ShareInvoice(Strict):
    """Let somebody see one invoice, for some time."""

    command = ShareCommand

    email = EmailAddress(required=True, metadata={"description": "E-postadress / e-mail address"})
    days = WholeNumber(
        load_default=domain.DEFAULT_DAYS,
        validate=validate.Range(1, domain.MOST_DAYS),
        metadata={"description": "Dygn som fakturan delas / for how many days of 24 hours"},
    )


class ShareLink(Strict):
    """The secret of a link: posted, so that opening a link changes nothing and no log has it."""

    command = LinkCommand

    token = fields.String(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={"description": "Koden efter # i länken / the code after # in the link"},
    )


class Recipient(Answer):
    """Who has opened a shared invoice, as verified by BankID."""

    name = fields.String(required=True)
    birth_year = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null where the identity is protected (J9)"}
    )


class Share(Answer):
    """An invoice shared with one person."""

    id = fields.UUID(required=True)
    address = fields.String(
        required=True, metadata={"description": "Alltid maskerad / always masked", "example": "k***@exempel.se"}
    )
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in domain.ShareStatus]))
    shared_by_me = fields.Boolean(required=True)
    created_at = Instant(required=True)
    expires_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)
    opened_by = fields.Nested(Recipient, required=True, allow_none=True)
    first_opened_at = Instant(required=True, allow_none=True)
    last_seen_at = Instant(required=True, allow_none=True)
    may_end = fields.Boolean(required=True)


class OpenedShare(Answer):
    """Which shared invoice a link leads to."""

    id = fields.UUID(required=True)
    expires_at = Instant(required=True)


class SharedInvoiceRow(Answer):
    """A shared invoice in the list of the person whom it is shared with. ``id`` is the share's."""

    id = fields.UUID(required=True)
    invoice_number = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    issued_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    service_areas = fields.List(fields.String(), required=True)
    total_ore = Ore(required=True)
    remaining_ore = Ore(required=True)
    payment_status = fields.String(required=True, validate=validate.OneOf(PAYMENT_STATUSES))
    overdue = fields.Boolean(required=True)
    opened_at = Instant(required=True)
    expires_at = Instant(required=True)


class SharedLine(Line):
    """A line of a shared invoice: which facility it is for is the account's own business."""

    class Meta:
        """Less than what the account sees."""

        exclude = ("facility_id",)


class SharedInvoice(SharedInvoiceRow):
    """What the invoice itself shows, and what remains to pay; nothing else of the account."""

    period_from = fields.Date(required=True)
    period_to = fields.Date(required=True)
    ocr = fields.String(required=True)
    bankgiro = fields.String(required=True)
    credited_ore = Ore(required=True)
    paid_ore = Ore(required=True)
    document_status = fields.String(required=True, validate=validate.OneOf(DOCUMENT_STATUSES))
    net_ore = Ore(required=True)
    vat_ore = Ore(required=True)
    rounding_ore = Ore(required=True)
    lines = fields.List(fields.Nested(SharedLine), required=True)
    vat = fields.List(fields.Nested(VatSum), required=True)
    credits_invoice_number = fields.String(
        required=True, allow_none=True, metadata={"description": "Originalet / the original, of a credit note"}
    )
