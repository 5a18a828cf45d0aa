"""A person's choice of channel per subject (D26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import Forbidden
from chassis.transaction import Tx
from notify.domain import SUBJECTS, Channel, Choice, PreferenceMandatory
from notify.store import people


@dataclass(frozen=True, kw_only=True)
class Preference:
    """The choice for one subject."""

    subject: str
    title: str
    mandatory: bool
    email: bool
    sms: bool


@dataclass(frozen=True, kw_only=True)
class ChannelState:
    """Whether notices can reach the person by a channel (B-04)."""

    channel: Channel
    has_address: bool
    bounced_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """All choices of a person, and what is known of his addresses."""

    items: list[Preference]
    channels: list[ChannelState]


@dataclass(frozen=True, kw_only=True)
class Choose:
    """New choices; subjects that are not named stay as they are."""

    items: Sequence[dict[str, Any]]


def show(tx: Tx) -> Preferences:
    """The choices of the person who is logged in."""
    person_id = _person_id(tx)
    chosen = people.choices(tx, person_id)
    items = []
    for subject in SUBJECTS.values():
        choice = chosen.get(subject.name, Choice(email=subject.email, sms=subject.sms))
        items.append(
            Preference(
                subject=subject.name,
                title=subject.en if tx.locale == "en" else subject.sv,
                mandatory=subject.mandatory,
                email=choice.email or subject.mandatory,
                sms=choice.sms,
            )
        )
    known = people.get_contact(tx, person_id)
    channels = [
        ChannelState(
            channel=Channel.EMAIL,
            has_address=bool(known and known.has_email),
            bounced_at=known.email_bounced_at if known else None,
        ),
        ChannelState(
            channel=Channel.SMS,
            has_address=bool(known and known.has_phone),
            bounced_at=known.sms_bounced_at if known else None,
        ),
    ]
    return Preferences(items=items, channels=channels)


def choose(tx: Tx, cmd: Choose) -> Preferences:
    """Keep the choices; raises ``PreferenceMandatory`` where e-mail of a mandatory subject is switched off."""
    person_id = _person_id(tx)
    for place, item in enumerate(cmd.items):
        if SUBJECTS[item["subject"]].mandatory and not item["email"]:
            raise PreferenceMandatory(field=f"items.{place}.email")
        people.put_choice(tx, person_id, item["subject"], Choice(email=item["email"], sms=item["sms"]))
    return show(tx)


def _person_id(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.person_id is None:
        raise Forbidden
    return tx.principal.person_id
