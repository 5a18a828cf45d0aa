"""What the pages, the APIs and the SMTP sink share."""

from dataclasses import dataclass

from flask import current_app

from sim_postbox.box import Box
from sim_postbox.delivery import Delivery
from sim_postbox.faults import Faults
from sim_postbox.settings import Settings


@dataclass(frozen=True)
class State:
    """One process's memory and its delivery thread."""

    settings: Settings
    box: Box
    faults: Faults
    delivery: Delivery

    @classmethod
    def fresh(cls, settings: Settings) -> "State":
        """Empty memory; the delivery thread is made but not started."""
        box = Box(max_messages=settings.max_messages, max_bytes=settings.max_bytes)
        faults = Faults()
        delivery = Delivery(box, faults, retry_seconds=settings.retry_seconds)
        return cls(settings, box, faults, delivery)

    def reset(self) -> None:
        """Forget messages, counts, faults and webhook calls."""
        self.faults.clear()
        self.delivery.clear()
        self.box.clear()


def current() -> State:
    """The state of the application that is answering."""
    state: State = current_app.extensions["postbox"]
    return state
