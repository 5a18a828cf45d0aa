"""Events that metering takes. All are facts with versions of their own, so any order will do."""

from __future__ import annotations

from chassis.privacy import takes_part
from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.batch_billing import (
    AgreementEndedV1,
    AgreementStartedV1,
    MeterReplacedV1,
    ReadingAcceptedV1,
    ReadingRejectedV1,
)
from contracts.org_registry import AccountLinkedV1, AccountOpenedV1, AccountUnlinkedV1
from metering import usecases
from metering.domain import Answer, Replacement
from metering.usecases.privacy import PRIVACY


def account_opened(tx: Tx, event: AccountOpenedV1, _meta: Meta) -> None:
    """Remember what kind of account it is."""
    usecases.note_account(tx, usecases.NoteAccount(account_id=event.account_id, kind=event.kind.value))


def account_linked(tx: Tx, event: AccountLinkedV1, meta: Meta) -> None:
    """Join the customer number to its account."""
    usecases.link_account(
        tx,
        usecases.LinkAccount(customer_number=event.customer_number, account_id=event.account_id, version=meta.version),
    )


def account_unlinked(tx: Tx, event: AccountUnlinkedV1, meta: Meta) -> None:
    """Nobody sees what the customer number has any more."""
    usecases.unlink_account(tx, usecases.UnlinkAccount(customer_number=event.customer_number, version=meta.version))


def agreement_started(tx: Tx, event: AgreementStartedV1, meta: Meta) -> None:
    """Note the agreement, its place and its meter."""
    meter = event.meter
    usecases.start_agreement(
        tx,
        usecases.StartAgreement(
            agreement_number=event.agreement_number,
            customer_number=event.customer_number,
            service_area=event.service_area.value,
            starts_on=event.starts_on,
            street=event.address.street,
            postal_code=event.address.postal_code,
            city=event.address.city,
            facility_id=event.facility_id,
            meter=usecases.NotedMeter(number=meter.meter_number, digits=meter.digits, start_value_m3=meter.start_value)
            if meter
            else None,
            expected_yearly_m3=event.expected_yearly_use,
            version=meta.version,
        ),
    )


def agreement_ended(tx: Tx, event: AgreementEndedV1, meta: Meta) -> None:
    """Note the agreement's last day."""
    usecases.end_agreement(
        tx,
        usecases.EndAgreement(
            agreement_number=event.agreement_number,
            customer_number=event.customer_number,
            ends_on=event.ends_on,
            version=meta.version,
        ),
    )


def meter_replaced(tx: Tx, event: MeterReplacedV1, meta: Meta) -> None:
    """Note the swap (B-17)."""
    swap = Replacement(
        on=event.replaced_on,
        removed_number=event.removed_meter_number,
        removed_value_m3=event.removed_value,
        estimated=event.removed_value_estimated,
        number=event.installed.meter_number,
        digits=event.installed.digits,
        value_m3=event.installed.start_value,
    )
    usecases.replace_meter(
        tx, usecases.ReplaceMeter(facility_id=event.facility_id, replacement=swap, version=meta.version)
    )


def reading_accepted(tx: Tx, event: ReadingAcceptedV1, meta: Meta) -> None:
    """The reading is billed."""
    answer = Answer(
        version=meta.version, accepted=True, decided_at=event.accepted_at, invoice_number=event.invoice_number
    )
    usecases.answer_reading(tx, usecases.AnswerReading(reading_id=event.reading_id, answer=answer))


def reading_rejected(tx: Tx, event: ReadingRejectedV1, meta: Meta) -> None:
    """The reading is refused, with a text that the customer sees."""
    answer = Answer(
        version=meta.version,
        accepted=False,
        decided_at=event.rejected_at,
        text_sv=event.text_sv,
        text_en=event.text_en,
    )
    usecases.answer_reading(tx, usecases.AnswerReading(reading_id=event.reading_id, answer=answer))


SUBSCRIPTIONS = Subscriptions(
    on(AccountOpenedV1, account_opened),
    on(AccountLinkedV1, account_linked),
    on(AccountUnlinkedV1, account_unlinked),
    on(AgreementStartedV1, agreement_started),
    on(AgreementEndedV1, agreement_ended),
    on(MeterReplacedV1, meter_replaced),
    on(ReadingAcceptedV1, reading_accepted),
    on(ReadingRejectedV1, reading_rejected),
    takes_part(PRIVACY),
    service="metering",
)
