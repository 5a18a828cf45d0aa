"""What the other systems tell identity."""

from __future__ import annotations

from chassis.privacy import subject_of
from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.batch_billing import CustomerRegisteredV1
from contracts.catalogue import ANSWERS
from contracts.data_requests import DataRequestAnswered, DataRequestScopedV1
from contracts.notify import AddressBouncedV1
from identity.usecases import answers
from identity.usecases import persons as usecases
from identity.usecases.keys import Keys


def subscriptions(keys: Keys) -> Subscriptions:
    """The table; a function, because handlers need the keys."""

    def customer_registered(tx: Tx, event: CustomerRegisteredV1, _meta: Meta) -> None:
        usecases.register_customer(
            tx,
            keys,
            usecases.RegisterCustomer(
                customer_number=event.customer_number,
                personal_number=event.personal_number,
                name=event.name,
                email=event.email,
                phone=event.phone,
                protected_identity=event.protected_identity,
            ),
        )

    def data_request_scoped(tx: Tx, event: DataRequestScopedV1, _meta: Meta) -> None:
        answers.answer_for_identity(tx, keys, subject_of(event), event.kind)

    def data_request_answered(tx: Tx, event: DataRequestAnswered, meta: Meta) -> None:
        answers.take_answer(tx, keys, meta.source, event)

    return Subscriptions(
        on(CustomerRegisteredV1, customer_registered, ordered=True),
        on(AddressBouncedV1, address_bounced),
        on(DataRequestScopedV1, data_request_scoped),
        *(on(answer, data_request_answered) for answer in ANSWERS.values()),
        service="identity",
    )


def address_bounced(tx: Tx, event: AddressBouncedV1, _meta: Meta) -> None:
    """Flag the address (B-04)."""
    usecases.note_bounce(
        tx,
        usecases.NoteBounce(person_id=event.person_id, channel=str(event.channel), bounced_at=event.bounced_at),
    )
