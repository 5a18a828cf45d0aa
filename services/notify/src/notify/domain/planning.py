"""Which channels a notice takes: the person's choice, what is mandatory, what addresses there are (D26, I7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from notify.domain.deliveries import Channel, DeliveryState
from notify.domain.templates import Subject

WAITS_AT_MOST = timedelta(days=7)
"""So long a notice waits for an address, or for people of its account."""


class NotificationState(StrEnum):
    """Whether a notice has found its way."""

    WAITING = "waiting-for-recipient"
    ADDRESSED = "addressed"
    ABANDONED = "abandoned"


class Address(StrEnum):
    """What is known of somebody's address on one channel."""

    NONE = "no-contact"
    BOUNCED = "address-bounced"
    USABLE = "usable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How somebody can be reached."""

    email: Address = Address.NONE
    sms: Address = Address.NONE

    def of(self, channel: Channel) -> Address:
        """The address on ``channel``."""
        return self.email if channel is Channel.EMAIL else self.sms


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The channels that a person has chosen for a subject."""

    email: bool
    sms: bool

    def channels(self, subject: Subject) -> list[Channel]:
        """What is asked for; e-mail always, where the subject is mandatory."""
        wanted = [Channel.EMAIL] if self.email or subject.mandatory else []
        return [*wanted, Channel.SMS] if self.sms else wanted


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery to be made: queued, or suppressed and why."""

    channel: Channel
    state: DeliveryState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for one notice."""

    deliveries: tuple[Planned, ...]
    waits: bool = False
    """Somebody is to be told and cannot be, yet."""

    @property
    def state(self) -> NotificationState:
        """The notice's state by this plan."""
        return NotificationState.WAITING if self.waits else NotificationState.ADDRESSED


def plan(subject: Subject, choice: Choice, reach: Reach) -> Plan:
    """Decide the channels of a new notice, or of one that has waited.

    Where none of the chosen channels can be used, another one is (D26); where there is none at all, the notice waits.
    What a person has switched off altogether is in the in-app list only.
    """
    wanted = choice.channels(subject)
    if not wanted:
        return Plan((Planned(Channel.EMAIL, DeliveryState.SUPPRESSED, "preference"),))
    planned = [
        Planned(channel, DeliveryState.QUEUED)
        if reach.of(channel) is Address.USABLE
        else Planned(channel, DeliveryState.SUPPRESSED, reach.of(channel).value)
        for channel in wanted
    ]
    if not any(one.state is DeliveryState.QUEUED for one in planned):
        planned += [
            Planned(channel, DeliveryState.QUEUED, "fallback")
            for channel in Channel
            if channel not in wanted and reach.of(channel) is Address.USABLE
        ]
    return Plan(tuple(planned), waits=not any(one.state is DeliveryState.QUEUED for one in planned))


def fallback(reach: Reach, states: dict[Channel, DeliveryState], failed: Iterable[Channel]) -> Channel | None:
    """The channel to use instead of those that ``failed``; None where the notice is on its way, or no other is left.

    ``states`` are those of the notice's deliveries now.
    """
    alive = {S.QUEUED, S.SENDING, S.SENT, S.DELIVERED, S.FAILED_TEMPORARY}
    if any(state in alive for state in states.values()):
        return None
    lost = set(failed) | {ch for ch, state in states.items() if state in {S.BOUNCED, S.FAILED_PERMANENT}}
    return next((ch for ch in Channel if ch not in lost and reach.of(ch) is Address.USABLE), None)


S = DeliveryState
