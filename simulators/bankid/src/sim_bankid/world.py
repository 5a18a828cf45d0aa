"""Everything one simulator process holds in memory."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from sim_bankid.clock import Clock, iso
from sim_bankid.domain.book import OrderBook
from sim_bankid.faults import FaultQueue
from sim_bankid.settings import Settings
from sim_bankid.signature import Signer

_CALLS_KEPT = 2_000


class Released(Exception):
    """A held call belongs to the time before a reset: it must not touch the new world."""


class CallLog:
    """The latest calls to the relying party API, for tests that judge the caller's manners."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[dict[str, object]] = deque(maxlen=_CALLS_KEPT)

    def add(self, at: float, endpoint: str, status: int, error: str | None, ref: object) -> None:
        """Remember one call."""
        with self._lock:
            self._calls.append(
                {
                    "at": iso(at),
                    "endpoint": endpoint,
                    "status": status,
                    "errorCode": error,
                    "orderRef": ref if isinstance(ref, str) else None,
                }
            )

    def views(self) -> list[dict[str, object]]:
        """The remembered calls, oldest first."""
        with self._lock:
            return list(self._calls)

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._calls.clear()


@dataclass(kw_only=True)
class World:
    """The parts of the simulator, made once per process. `release` lets held calls go."""

    settings: Settings
    clock: Clock
    signer: Signer
    orders: OrderBook
    faults: FaultQueue = field(default_factory=FaultQueue)
    calls: CallLog = field(default_factory=CallLog)
    release: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def make(cls, settings: Settings) -> World:
        """A new world with the machine's clock, and a new signing root unless one is kept."""
        clock = Clock()
        signer = Signer(settings.rp_name, clock.now(), kept=settings.signature_ca)
        return cls(settings=settings, clock=clock, signer=signer, orders=OrderBook(clock, signer))

    def reset(self) -> None:
        """As just started: no orders, faults or calls, none held back, the machine's clock."""
        self.release.set()
        self.release = threading.Event()
        self.orders.reset()
        self.faults.clear()
        self.calls.clear()
        self.clock.reset()
