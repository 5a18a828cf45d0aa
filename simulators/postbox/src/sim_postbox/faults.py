"""Trouble on order, for mail, for SMS and for the delivery webhook (A4, A27)."""

import threading
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

KINDS: Final = frozenset(
    {
        "smtp.reject",
        "smtp.connect",
        "smtp.slow",
        "smtp.drop-before-data",
        "smtp.drop-after-data",
        "sms.status",
        "sms.slow",
        "sms.garbage",
        "sms.huge",
        "sms.redirect",
        "sms.drop",
        "sms.drop-after",
        "delivery.failed",
        "delivery.silent",
        "delivery.twice",
    }
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`count` times (None: until cleared) treat what is sent to `to` (None: anybody) as `kind`.

    smtp.reject: answer RCPT with `code` and `text` (550 for good, 451 for now).
    smtp.connect: close each new connection without a greeting. smtp.slow: wait `seconds` before
    the answer to DATA. smtp.drop-before-data: close at the DATA command, nothing kept.
    smtp.drop-after-data: take the mail (and keep it, if `keep`), then close without the 250.
    sms.status, sms.slow, sms.garbage, sms.huge (`size` bytes), sms.redirect (to `text`), sms.drop:
    the API misbehaves and keeps nothing (slow keeps). sms.drop-after: it keeps the SMS, then closes.
    delivery.failed: the webhook says failed. delivery.silent: it never comes. delivery.twice: it
    comes twice.
    """

    kind: str
    to: str | None = None
    count: int | None = 1
    code: int = 550
    text: str = ""
    seconds: float = 30.0
    size: int = 2_000_000
    keep: bool = True

    def concerns(self, kind: str, recipients: tuple[str, ...]) -> bool:
        """Tell whether it is of this kind, and for one of these recipients."""
        if self.kind != kind:
            return False
        return self.to is None or self.to.casefold() in [r.casefold() for r in recipients]


class Faults:
    """The faults now ordered, oldest first, and how often each kind struck."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._struck: Counter[str] = Counter()
        self._released = threading.Event()

    def add(self, fault: Fault) -> None:
        """Order one more fault, after those already ordered."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults and how often they struck; whoever is kept waiting goes on."""
        with self._lock:
            self._faults.clear()
            self._struck.clear()
            self._released.set()
            self._released = threading.Event()

    def listed(self) -> list[dict[str, Any]]:
        """What remains, as JSON."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def struck(self) -> dict[str, int]:
        """How often each kind has struck since the last clear."""
        with self._lock:
            return dict(self._struck)

    def released(self) -> threading.Event:
        """Set when the faults ordered until now are cleared; take it before waiting."""
        with self._lock:
            return self._released

    def take(self, *kinds: str, recipients: tuple[str, ...] = ()) -> Fault | None:
        """The oldest fault of these kinds for these recipients, used up by one."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if any(fault.concerns(kind, recipients) for kind in kinds):
                    self._struck[fault.kind] += 1
                    if fault.count is not None:
                        if fault.count > 1:
                            self._faults[index] = replace(fault, count=fault.count - 1)
                        else:
                            del self._faults[index]
                    return fault
        return None
