"""The events about powers of attorney."""

from __future__ import annotations

from chassis.subscriptions import Meta
from chassis.transaction import Tx
from contracts.org_registry import PowerOfAttorneyDecidedV1, PowerOfAttorneySubmittedV1
from notify.usecases import powers


def power_submitted(tx: Tx, event: PowerOfAttorneySubmittedV1, meta: Meta) -> None:
    """Tell the administrator that it has been received, also one on paper."""
    powers.tell_administrator(
        tx,
        powers.TellAdministrator(
            event_id=meta.event_id,
            power_id=event.power_of_attorney_id,
            person_id=event.person_id,
            what="submitted",
            sealed_recipient=event.sealed_recipient,
            locale=event.locale,
        ),
    )


def power_decided(tx: Tx, event: PowerOfAttorneyDecidedV1, meta: Meta) -> None:
    """Tell the administrator that the account is there (T40), that it is refused, or that something is missing."""
    powers.tell_administrator(
        tx,
        powers.TellAdministrator(
            event_id=meta.event_id,
            power_id=event.power_of_attorney_id,
            person_id=event.person_id,
            what=event.outcome.value,
            sealed_recipient=event.sealed_recipient,
            locale=event.locale,
        ),
    )
