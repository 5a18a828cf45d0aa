"""The prover: commands with unique ids and a history outside the system; afterwards every effect is counted.

A command is a meter reading through the gateway. Its derived effects go through four services: reading (metering) ->
event -> priced once (billing system) -> invoice (billing) -> mail (notify). ``lost`` = answered ok without effect,
``doubled`` = an effect more than once, ``phantom`` = an effect nobody asked for, ``half`` = a reading without its invoice
or mail, ``recovered`` = no answer came, yet the effect is there (allowed, counted).
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from chassis.ids import new_id
from runner.journey.gateway_client import Refused, until
from sim_bankid.persons import PERSONS

DAYS = 190
TRIES = 200
PAUSE = 0.05
PASSING = {409, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Command:
    """One reading: a place and a day, which together are its natural key."""

    id: str
    point: str
    value: int
    day: str


@dataclass
class History:
    """What was asked and what was answered, in a file that no part of the system touches."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def note(self, command: Command, kind: str, **more: Any) -> None:
        """Write one line: invoke, ok, fail or info."""
        entry = {"t": time.time(), "kind": kind, "id": command.id, "point": command.point, "day": command.day} | more
        with self.lock:
            self.entries.append(entry)
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")

    def keys(self, kind: str) -> set[tuple[str, str]]:
        """(point, day) of every command with such an entry."""
        return {(entry["point"], entry["day"]) for entry in self.entries if entry["kind"] == kind}


@dataclass
class Verdict:
    """Counts, to be printed as they are."""

    commands: int
    ok: int
    info: int
    recovered: int
    lost: int
    doubled: int
    phantom: int
    half: int
    dead_letters: int
    http_errors: int

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled, phantom, half or dead."""
        return not (self.lost or self.doubled or self.phantom or self.half or self.dead_letters)

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in vars(self).items())


class Prover:
    """Drives one suite and judges it."""

    def __init__(self, suite: Any, folder: Path) -> None:
        self.suite = suite
        self.history = History(folder / "history.jsonl")
        self.customers: dict[str, str] = {}
        self._drivers: list[threading.Thread] = []
        self._stop = threading.Event()
        self.http_errors = 0
        self.error_statuses: Counter[int | str] = Counter()

    def prepare(self, people: int = 4) -> None:
        """Customers with one metering point each, logged in, before any fault begins."""
        ready = []
        for number in list(PERSONS)[:people]:
            person = PERSONS[number]
            email = f"p{number[-4:]}-{new_id().hex[-6:]}@exempel.se"
            customer = self.suite.world.billing_system.customer(number, name=person.name, email=email)
            self.suite.world.billing_system.agreement(
                customer,
                street="Exempelgatan 1",
                postal_code="58115",
                city="Exempelstad",
                starts_on=str(date.today() - timedelta(days=DAYS + 5)),
                meter_number=f"VM-{customer}",
                digits=6,
                start_value=1000,
                expected_yearly_use=365,
            )
            self.customers[customer] = email
            ready.append((number, email, customer))
        for number, email, customer in ready:
            citizen = self.suite.citizen(number, email=email)
            citizen.log_in()
            if not citizen.session["registered"]:
                citizen.register()
            point = self._point(citizen, customer)
            self._drivers.append(threading.Thread(target=self._drive, args=(citizen, point), daemon=True))

    def _point(self, citizen: Any, customer: str) -> str:
        def find() -> str | None:
            for account in citizen.accounts()["items"]:
                citizen.choose(account["id"])
                for point in citizen.browser.get("/metering/v1/metering-points")["items"]:
                    if point["meter"] and point["meter"]["meter_number"] == f"VM-{customer}":
                        return str(point["id"])
            return None

        return until("the metering point", find, 30)

    def start(self) -> None:
        """Begin to send."""
        for driver in self._drivers:
            driver.start()

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()
        for driver in self._drivers:
            driver.join(60)

    def finish(self) -> None:
        """Wait until every driver has sent all it has."""
        for driver in self._drivers:
            driver.join(120)

    def sent(self) -> int:
        """How many commands have had an answer."""
        return len(self.history.keys("ok"))

    def _drive(self, citizen: Any, point: str) -> None:
        first = date.today() - timedelta(days=DAYS)
        for number in range(DAYS):
            if self._stop.is_set():
                return
            day = str(first + timedelta(days=number))
            command = Command(id=str(new_id()), point=point, value=1001 + number, day=day)
            self._send(citizen, command)

    def _send(self, citizen: Any, command: Command) -> None:
        # A client that does it right: the same key until there is an answer that is not "try again".
        self.history.note(command, "invoke")
        body = {"metering_point_id": command.point, "value_m3": command.value, "read_on": command.day}
        for _ in range(TRIES):
            try:
                citizen.browser.post("/metering/v1/readings", body, key=command.id)
            except Refused as refusal:
                if refusal.status not in PASSING:
                    self.history.note(command, "fail", status=refusal.status, code=refusal.code)
                    return
                self._error(refusal.status)
            except OSError as error:
                self._error(type(error).__name__)
            else:
                self.history.note(command, "ok")
                return
            time.sleep(PAUSE)
        self.history.note(command, "info")

    def _error(self, status: int | str) -> None:
        self.http_errors += 1
        self.error_statuses[status] += 1

    def settle(self, timeout: float = 120) -> None:
        """Wait until nothing moves any more: outboxes sent, queues empty, readings billed, mails gone."""
        until("the billing system to have nothing left", self._batched, timeout)
        until("everything to have arrived", self._quiet, timeout)

    def _batched(self) -> bool:
        try:
            self.suite.world.billing_system.run_batch()
        except Exception:  # noqa: BLE001 - the broker may still be on its way up
            return False
        open_readings = self.suite.query(
            "metering", "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        )[0][0]
        waiting = self.suite.world.billing_system.state()["waiting"]
        billed = self.suite.query("billing", "SELECT count(*) FROM invoice")[0][0]
        readings = self.suite.query("metering", "SELECT count(*) FROM reading WHERE source = 'customer'")[0][0]
        return open_readings == 0 and waiting == 0 and billed >= readings

    def _quiet(self) -> bool:
        for service in ("identity", "org-registry", "billing", "metering", "notify", "invitations"):
            if self.suite.query(service, "SELECT count(*) FROM outbox WHERE published_at IS NULL")[0][0]:
                return False
        if any(self.suite.broker.queues("minasidor").get(name, 0) for name in ("billing", "metering", "notify")):
            return False
        sending = self.suite.query(
            "notify", "SELECT count(*) FROM delivery WHERE status IN ('requested', 'queued', 'sending', 'failed-temporary')"
        )
        return not sending[0][0]

    def judge(self) -> Verdict:
        """Compare the history with what the databases and the mailbox hold."""
        ok, asked = self.history.keys("ok"), self.history.keys("invoke")
        unsure = self.history.keys("info")
        rows = self.suite.query(
            "metering",
            "SELECT id::text, metering_point_id::text, read_on::text FROM reading WHERE source = 'customer'",
        )
        effects = Counter((point, day) for _, point, day in rows)
        effects = Counter({key: count for key, count in effects.items() if key in asked or key[0] in self._points()})
        invoiced = Counter(
            body["reading_id"] for body in self.suite.world.billing_system.invoices() if body["reading_id"]
        ) if hasattr(self.suite.world.billing_system, "invoices") else Counter(
            body["reading_id"] for body in self.suite.world.billing_system.state()["invoices"] if body["reading_id"]
        )
        billed = Counter(
            row[0] for row in self.suite.query("billing", "SELECT reading_id::text FROM invoice WHERE reading_id IS NOT NULL")
        )
        mine = {id_ for id_, point, day in rows if (point, day) in asked}
        mails = Counter(
            message["headers"].get("Message-ID") or message["id"]
            for email in self.customers.values()
            for message in self.suite.world.postbox.messages(email)
            if "faktura" in message["subject"].casefold()
        )
        doubled = [key for key, count in effects.items() if count > 1]
        doubled += [key for counts in (invoiced, billed, mails) for key, count in counts.items() if count > 1]
        half = [id_ for id_ in mine if not invoiced[id_] or not billed[id_]]
        missing_mails = max(0, len(mine) - len(mails))
        return Verdict(
            commands=len(asked),
            ok=len(ok),
            info=len(unsure),
            recovered=len(unsure & effects.keys()),
            lost=len(ok - effects.keys()),
            doubled=len(doubled),
            phantom=len(effects.keys() - asked),
            half=len(half) + missing_mails,
            dead_letters=sum(
                self.suite.query(service, "SELECT count(*) FROM dead_letter WHERE settled_at IS NULL")[0][0]
                for service in ("identity", "org-registry", "billing", "metering", "notify")
            ),
            http_errors=self.http_errors,
        )

    def _points(self) -> set[str]:
        return {entry["point"] for entry in self.history.entries}
