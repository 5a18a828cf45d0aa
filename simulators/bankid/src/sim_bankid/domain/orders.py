"""One order: its states and its clocks. The order book (`book.py`) holds the lock around it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from enum import StrEnum

from sim_bankid.clock import iso
from sim_bankid.domain.qr import qr_data
from sim_bankid.persons import Person


class Kind(StrEnum):
    """Which call made the order; the value is the path below `/rp/v6.0/`."""

    AUTH = "auth"
    SIGN = "sign"
    PAYMENT = "payment"
    PHONE_AUTH = "phone/auth"
    PHONE_SIGN = "phone/sign"

    @property
    def by_phone(self) -> bool:
        """Whether the person is in a telephone call: no device of theirs started it."""
        return self in (Kind.PHONE_AUTH, Kind.PHONE_SIGN)

    @property
    def identification(self) -> bool:
        """Whether it identifies (otherwise it signs)."""
        return self in (Kind.AUTH, Kind.PHONE_AUTH)


class Status(StrEnum):
    """An order's state as `collect` tells it."""

    PENDING = "pending"
    FAILED = "failed"
    COMPLETE = "complete"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The clocks, in seconds."""

    start_window: float = 30
    """From the order to the app picking it up; otherwise failed/startFailed."""
    open_life: float = 180
    """From the app picking it up to the result; otherwise failed/expiredTransaction.

    A telephone order, which is sent to a named person, has this long from its start."""
    complete_kept: float = 180
    failed_kept: float = 300
    never_opened_kept: float = 190
    """From the start of an order that no app ever picked up."""
    qr_max_age: float = 5
    qr_max_lead: float = 2
    """How old, and how far ahead of our clock, a QR frame may be."""


RISKS = ("low", "moderate", "high")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What BankID will find out about the device when the person approves.

    No `ip_address`: the browser's for an order started on the same device, else the person's
    telephone's. No `mrtd`: a document is read when the order demands it.
    """

    ip_address: str | None = None
    risk: str = "low"
    mrtd: bool | None = None


@dataclass(kw_only=True)
class Order:
    """An order in BankID's server. Moments are seconds since 1970 on the simulator's clock."""

    ref: str
    screen: str
    kind: Kind
    request: dict[str, object]
    rp: str | None
    created_at: float
    auto_start_token: str
    qr_start_token: str
    qr_start_secret: str
    rules: Rules
    status: Status = Status.PENDING
    hint: str = "outstandingTransaction"
    started_by: str | None = None
    launched_at: float | None = None
    opened_at: float | None = None
    person: Person | None = None
    redirect: str | None = None
    finished_at: float | None = None
    collected: bool = False
    outcome: Outcome = field(default_factory=Outcome)
    completion: dict[str, object] | None = None

    # ---- what was asked for
    @property
    def requirement(self) -> dict[str, object]:
        """What the relying party demands of the BankID and the person."""
        requirement = self.request.get("requirement")
        return requirement if isinstance(requirement, dict) else {}

    @property
    def named_person(self) -> str | None:
        """The personal number the relying party demanded, if any."""
        number = self.request.get("personalNumber") or self.requirement.get("personalNumber")
        return number if isinstance(number, str) else None

    @property
    def holder(self) -> str | None:
        """Whose order this is: who opened it, otherwise who was named."""
        return self.person.personal_number if self.person else self.named_person

    @property
    def visible_text(self) -> str:
        """The text the app shows, decoded."""
        data = self.request.get("userVisibleData")
        return base64.b64decode(data).decode() if isinstance(data, str) else ""

    @property
    def return_url(self) -> str | None:
        """Where the app sends the browser: the relying party's address wins over the link's."""
        if self.started_by != "autostart":
            return None
        url = self.request.get("returnUrl") or self.redirect
        return url if isinstance(url, str) else None

    # ---- clocks
    def tick(self, now: float) -> None:
        """Let the order's deadline take effect if it has passed."""
        if self.status is Status.PENDING:
            deadline, hint = self.deadline()
            if now >= deadline:
                self.fail(hint, deadline)

    def deadline(self) -> tuple[float, str]:
        """When a pending order fails by itself, and with which hint code."""
        if self.opened_at is not None:
            return self.opened_at + self.rules.open_life, "expiredTransaction"
        if self.kind.by_phone:
            return self.created_at + self.rules.open_life, "expiredTransaction"
        if self.launched_at is not None:
            return self.launched_at + self.rules.open_life, "startFailed"
        return self.created_at + self.rules.start_window, "startFailed"

    def collectable_until(self) -> float:
        """The last moment a final result can be collected."""
        finished = self.created_at if self.finished_at is None else self.finished_at
        if self.status is Status.COMPLETE:
            return finished + self.rules.complete_kept
        if self.opened_at is None and self.launched_at is None:
            return self.created_at + self.rules.never_opened_kept
        return finished + self.rules.failed_kept

    # ---- transitions
    def open(self, person: Person, started_by: str, now: float) -> None:
        """The app has the order and its holder is to act."""
        self.person = person
        self.started_by = started_by
        self.opened_at = now
        if self.kind.by_phone:
            self.hint = "userCallConfirm"
        elif self.requirement.get("mrtd"):
            self.hint = "userMrtd"
        else:
            self.hint = "userSign"

    def fail(self, hint: str, now: float) -> None:
        """End without a result, with the hint code that says why."""
        self.status = Status.FAILED
        self.hint = hint
        self.finished_at = now

    def complete(self, completion: dict[str, object], now: float) -> None:
        """End with a result."""
        self.status = Status.COMPLETE
        self.completion = completion
        self.finished_at = now

    # ---- answers
    def current_qr(self, now: float) -> str | None:
        """The frame a relying party should be showing now; None when it should show none."""
        if self.status is not Status.PENDING or self.kind.by_phone or self.opened_at is not None:
            return None
        seconds = max(0, int(now - self.created_at))
        return qr_data(self.qr_start_token, self.qr_start_secret, seconds)

    def collect_answer(self) -> dict[str, object]:
        """The JSON of a `collect` answer."""
        answer: dict[str, object] = {"orderRef": self.ref, "status": self.status.value}
        if self.status is Status.COMPLETE:
            answer["completionData"] = self.completion
        else:
            answer["hintCode"] = self.hint
        return answer

    def view(self, now: float) -> dict[str, object]:
        """Everything a tester wants to know; also what the page is made from."""
        deadline = self.deadline()[0] if self.status is Status.PENDING else None
        return {
            "orderRef": self.ref,
            "screen": self.screen,
            "kind": self.kind.value,
            "status": self.status.value,
            "hintCode": None if self.status is Status.COMPLETE else self.hint,
            "createdAt": iso(self.created_at),
            "ageSeconds": round(now - self.created_at, 3),
            "secondsLeft": None if deadline is None else round(deadline - now, 3),
            "collected": self.collected,
            "startedBy": self.started_by,
            "person": self.person.personal_number if self.person else None,
            "personName": self.person.name if self.person else None,
            "requiredPersonalNumber": self.named_person,
            "autoStartToken": None if self.kind.by_phone else self.auto_start_token,
            "qrData": self.current_qr(now),
            "visibleText": self.visible_text,
            "visibleFormat": self.request.get("userVisibleDataFormat", "plaintext"),
            "returnUrl": self.return_url,
            "risk": self.outcome.risk,
            "ipAddress": self.outcome.ip_address,
            "request": self.request,
        }
