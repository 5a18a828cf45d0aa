"""The prover: commands with unique ids and a history outside the system; afterwards every effect is counted.

A command is a meter reading through the gateway. Its derived effects go through four services: reading (metering) ->
event -> priced once (billing system) -> invoice (billing) -> mail (notify). ``lost`` = answered ok without effect,
``doubled`` = an effect more than once, ``phantom`` = an effect nobody asked for, ``half`` = a reading without its
invoice or mail, or an event that a consumer never applied, ``recovered`` = no answer came, yet the effect is there
(allowed, counted).
"""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.failures.audit import Audit
from tests.failures.history import Command, History, Traffic, Verdict

from chassis.ids import new_id
from runner.journey.gateway_client import until
from sim_bankid.persons import PERSONS

YEARS = 20
"""One reading a day, each a plausible m³ more than the last: room for thousands of commands."""
RETRY_SECONDS = 60.0
"""How long a client goes on with the same key before it gives up without an answer."""
PAUSE_SECONDS = 0.1
PACE_SECONDS = 0.15
"""Between two commands of one driver: the load is bounded, two cores serve everything."""
BATCH_SECONDS = 0.5
SETTLE_SECONDS = 120.0
SETTLE_LOOK_SECONDS = 0.2
QUIET_LOOKS = 2
AGAIN = {429, 500, 502, 503, 504}
IN_FLIGHT = "idempotency-in-flight"


def whole(suite: Any, timeout: float = 60.0) -> None:
    """Wait until every process of the suite is there, ready and in touch with the broker."""
    deadline = time.monotonic() + timeout
    while troubled := suite.troubled():
        if time.monotonic() > deadline:
            said = {name: suite.ask(name) for name in troubled}
            message = f"not whole within {timeout:g} s: {said}"
            raise AssertionError(message)
        time.sleep(PAUSE_SECONDS)


class Driver:
    """One customer with a browser and a metering point, who reports reading after reading."""

    def __init__(self, citizen: Any, point: str, first: date, start: int) -> None:
        self.citizen = citizen
        self.point = point
        self._day = first
        self._value = start

    def next(self) -> Command:
        """A command that nobody has sent before."""
        self._day += timedelta(days=1)
        self._value += 1
        return Command(id=str(new_id()), point=self.point, value=self._value, day=str(self._day))


class Round:
    """The load of one row of the table of faults, and what came of it."""

    def __init__(self, name: str, prover: Prover, reads: int = 1) -> None:
        self.name = name
        self._reads = reads
        self.began = time.time()
        self.history = History(prover.folder / f"{name}.jsonl")
        self.traffic = Traffic()
        self.notes: dict[str, Any] = {}
        """What the row wants to have printed beside the counts."""
        self._prover = prover
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._drive, args=(driver,), daemon=True) for driver in prover.drivers
        ] + [threading.Thread(target=self._bill, daemon=True)]

    def start(self) -> None:
        """Begin to send; the billing system runs its batch all the while."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no more; every command that was begun is brought to its end."""
        self._stop.set()
        for thread in self._threads:
            thread.join(RETRY_SECONDS + 30)

    def answered(self) -> int:
        """How many commands have had an answer."""
        return len(self.history.keys("ok"))

    def replayed(self) -> int:
        """How many commands were answered by the answer that had been stored with their effect."""
        with self.history.lock:
            return sum(entry.get("replayed", False) for entry in self.history.entries)

    def last(self) -> tuple[str, str]:
        """The command that was answered last."""
        with self.history.lock:
            entry = [entry for entry in self.history.entries if entry["kind"] == "ok"][-1]
            return entry["point"], entry["day"]

    def more(self, commands: int, timeout: float = 60.0) -> None:
        """Return when so many more commands have been answered: the system serves people."""
        wanted = self.answered() + commands
        until(f"{commands} more commands to be answered in {self.name}", lambda: self.answered() >= wanted, timeout)

    def _drive(self, driver: Driver) -> None:
        while not self._stop.is_set():
            self._send(driver, driver.next())
            for _ in range(self._reads):
                self._read(driver)
            self._stop.wait(PACE_SECONDS)

    def _bill(self) -> None:
        while not self._stop.wait(BATCH_SECONDS):
            self._prover.run_batch()

    def _send(self, driver: Driver, command: Command) -> None:
        # A client that does it right: the same key until there is an answer that is not "try again".
        self.history.note(command, "invoke")
        body = {"metering_point_id": command.point, "value_m3": command.value, "read_on": command.day}
        deadline = time.monotonic() + RETRY_SECONDS
        pause = threading.Event()
        while time.monotonic() < deadline:
            answer = self._ask(driver, "POST", "/api/metering/v1/readings", body, key=command.id)
            if answer is not None:
                code = answer.body.get("code") if isinstance(answer.body, dict) else None
                if answer.status < http.client.BAD_REQUEST:
                    replayed = answer.headers.get("Idempotency-Replayed") == "true"
                    self.history.note(command, "ok", status=answer.status, replayed=replayed)
                    return
                if answer.status not in AGAIN and code != IN_FLIGHT:
                    self.history.note(command, "fail", status=answer.status, code=code)
                    return
            pause.wait(PAUSE_SECONDS)
        self.history.note(command, "info")

    def _read(self, driver: Driver) -> None:
        self._ask(driver, "GET", "/api/billing/v1/invoices?limit=1", None)

    def _ask(self, driver: Driver, method: str, path: str, body: Any, **more: Any) -> Any:
        begin = time.monotonic()
        try:
            answer = driver.citizen.browser.send(method, path, body, **more)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.traffic.note(time.monotonic() - begin, type(error).__name__)
            return None
        bad = answer.status >= http.client.BAD_REQUEST
        says_when = answer.status != http.client.SERVICE_UNAVAILABLE or bool(answer.headers.get("Retry-After"))
        self.traffic.note(time.monotonic() - begin, str(answer.status) if bad else None, says_when=says_when)
        return answer


class Prover:
    """Drives one suite and judges it, round after round."""

    def __init__(self, suite: Any, folder: Path) -> None:
        self.suite = suite
        self.folder = folder
        self.audit = Audit(suite)
        self.drivers: list[Driver] = []
        self.asked: set[tuple[str, str]] = set()
        """Every command of every round."""

    def prepare(self, people: int = 4) -> None:
        """Customers with one metering point each, logged in, before any fault begins."""
        first = date.today() - timedelta(days=365 * YEARS)
        numbers = list(PERSONS)[:people]
        customers = {number: self.new_customer(number, starts_on=first) for number in numbers}

        def ready(number: str) -> Driver:
            citizen = self.suite.citizen(number, email=f"p{number[-4:]}@exempel.se")
            citizen.log_in()
            if not citizen.session["registered"]:
                citizen.register()
            return Driver(citizen, self._point(citizen, customers[number]), first, 1000)

        with ThreadPoolExecutor(people) as pool:
            self.drivers = list(pool.map(ready, numbers))

    def new_customer(self, number: str, *, starts_on: date, **more: Any) -> str:
        """The billing system tells of a customer with water; returns the customer number."""
        system = self.suite.world.billing_system
        customer: str = system.customer(number, name=PERSONS[number].name, email=f"p{number[-4:]}@exempel.se")
        system.agreement(
            customer,
            street="Exempelgatan 1",
            postal_code="58115",
            city="Exempelstad",
            starts_on=str(starts_on),
            meter_number=f"VM-{customer}",
            digits=6,
            start_value=1000,
            expected_yearly_use=365,
            **more,
        )
        return customer

    def _point(self, citizen: Any, customer: str) -> str:
        def find() -> str | None:
            for account in citizen.accounts()["items"]:
                citizen.choose(account["id"])
                for point in citizen.browser.get("/metering/v1/metering-points")["items"]:
                    if point["meter"] and point["meter"]["meter_number"] == f"VM-{customer}":
                        return str(point["id"])
            return None

        return until("the metering point", find, 60)

    @contextmanager
    def round(self, name: str, *, reads: int = 1) -> Iterator[Round]:
        """Send while the block runs, with ``reads`` for each command; the first ones are through before it begins."""
        whole(self.suite)
        going = Round(name, self, reads)
        self.audit.begin()
        going.start()
        try:
            going.more(4)
            yield going
        finally:
            going.stop()

    def run_batch(self) -> bool:
        """One run of the billing system; False where it, or the broker, is away just now."""
        try:
            self.suite.world.billing_system.run_batch()
        except Exception:  # noqa: BLE001 - somebody else's program under fault: asked again
            return False
        return True

    def _settle(self, timeout: float) -> None:
        # Twice: an event that was applied during the first look shows what it has caused in the second.
        deadline = time.monotonic() + timeout
        looks = 0
        while looks < QUIET_LOOKS:
            looks = looks + 1 if self.run_batch() and self.audit.is_quiet() else 0
            if time.monotonic() > deadline:
                message = f"not quiet within {timeout:g} s: {self.audit.moving()}"
                raise AssertionError(message)
            time.sleep(SETTLE_LOOK_SECONDS)

    def judge(
        self,
        going: Round,
        *,
        expected: tuple[str, ...] = (),
        sender_died: bool = False,
        timeout: float = SETTLE_SECONDS,
    ) -> Verdict:
        """Wait until nothing moves any more, then compare the history with what the databases and the mailbox hold.

        ``expected``: beginnings of the reasons of dead letters that the row itself has caused. ``sender_died``: notify
        was killed, so a mail in its send window may have come twice with the same Message-ID (A4), else it is doubled.
        """
        began = time.monotonic()
        self._settle(timeout)
        going.notes["quiet_after_seconds"] = round(time.monotonic() - began, 1)
        ok, asked, unsure = (going.history.keys(kind) for kind in ("ok", "invoke", "info"))
        self.asked |= asked
        readings = self.audit.readings({driver.point for driver in self.drivers})
        counts = Counter(readings.values())
        mine = {id_ for id_, key in readings.items() if key in self.asked}
        findings = self.audit.findings(mine, expected)
        twice = 0 if sender_died else len(findings.mails_twice)
        return Verdict(
            commands=len(asked),
            ok=len(ok),
            failed=len(going.history.keys("fail")),
            info=len(unsure),
            recovered=len(unsure & counts.keys()),
            lost=len(ok - counts.keys()),
            doubled=sum(count > 1 for count in counts.values()) + len(findings.doubled) + twice,
            phantom=len(counts.keys() - self.asked) + len(findings.phantom),
            half=len(findings.half) + len(findings.undelivered),
            dead_letters=len(findings.dead_letters),
            gaps=len(findings.gaps),
            mails_twice=len(findings.mails_twice),
            requests=going.traffic.requests,
            http_errors=dict(going.traffic.errors),
            slowest=going.traffic.slowest,
            findings=findings,
            notes=going.notes,
        )
