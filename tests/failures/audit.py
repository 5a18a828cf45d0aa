"""What the databases, the billing system's books and the mailbox hold: found by the operator's own hand."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import pika
import psycopg
from pika.exceptions import AMQPError

from contracts.catalogue import CATALOGUE, OUTSIDERS, SERVICES
from contracts.rabbitmq import participants

OPEN_MAILS = "SELECT count(*) FROM delivery WHERE state IN ('requested', 'queued', 'sending', 'failed-temporary')"
MAY_SKIP = {"account", "customer"}
"""These change without a word too (a company's account waits for its second signatory): versions rise, and may skip."""
DB_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError)


@dataclass
class Findings:
    """Everything that is not as it should be, by name, so that a failed row says what to look at."""

    doubled: list[str] = field(default_factory=list)
    phantom: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    """Event, and the consumer that has not applied it."""
    dead_letters: list[str] = field(default_factory=list)
    expected_letters: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    """Aggregates whose versions are not told as 1, 2, 3 ... in this order."""
    mails_twice: list[str] = field(default_factory=list)


class Audit:
    """Reads; changes nothing."""

    def __init__(self, suite: Any) -> None:
        self._suite = suite
        self._lines: dict[str, psycopg.Connection[Any]] = {}
        self._letters: set[str] = set()
        self._mails_twice: set[str] = set()
        self._complete: set[tuple[str, str]] = set()

    def close(self) -> None:
        """Close every connection."""
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    def begin(self) -> None:
        """Remember what there is before a round: it was judged in its own."""
        known = "SELECT id::text FROM dead_letter"
        self._letters = {row[0] for service in SERVICES for row in self._ask(service, known)}
        self._mails_twice = {key for key, count in self._suite.world.postbox.counts().items() if count > 1}

    def _ask(self, service: str, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        for _ in range(2):
            line = self._lines.get(service)
            if line is None or line.closed:
                url = self._suite.planner.servers.database_url(service)
                line = self._lines[service] = psycopg.connect(url, autocommit=True, connect_timeout=5)
            try:
                return line.execute(sql, parameters or None).fetchall()
            except DB_ERRORS:
                line.close()
        return line.execute(sql, parameters or None).fetchall()

    # -- is it over? --------------------------------------------------------------------------
    def is_quiet(self) -> bool:
        """Whether nothing is on its way any more: outboxes sent, events applied, readings billed, mails gone."""
        try:
            return not self.moving()
        except (*DB_ERRORS, AMQPError):
            return False

    def moving(self) -> str:
        """What is still on its way; empty where there is nothing.

        Looked at from the source downwards: what a later step has caused is seen behind it.
        """
        books = self._suite.world.billing_system.state()
        readings = self._one("metering", "SELECT count(*) FROM reading WHERE source = 'customer'")
        answered = "SELECT count(*) FROM reading WHERE state IN ('billed', 'rejected')"
        left = {
            "readings": readings - self._one("metering", answered),
            "the billing system's own events": books["waiting"],
            "invoices": len(books["invoices"]) - self._one("billing", "SELECT count(*) FROM invoice"),
        }
        left |= self.waiting(*SERVICES)
        for service in SERVICES:
            unsent = self._one(service, "SELECT count(*) FROM outbox WHERE published_at IS NULL")
            left[f"the outbox of {service}"] = unsent
        if not any(count > 0 for count in left.values()):
            left = {"events": len(self.undelivered())}
            left["mails"] = self._one("notify", OPEN_MAILS)
        return ", ".join(f"{name}: {count}" for name, count in left.items() if count > 0)

    def _one(self, service: str, sql: str) -> int:
        count: int = self._ask(service, sql)[0][0]
        return count

    # -- what is there ------------------------------------------------------------------------
    def readings(self, points: set[str]) -> dict[str, tuple[str, str]]:
        """Reading id -> (point, day) of the drivers' points."""
        rows = self._ask(
            "metering",
            "SELECT id::text, metering_point_id::text, read_on::text FROM reading"
            " WHERE source = 'customer' AND metering_point_id = ANY(%s::uuid[])",
            list(points),
        )
        return {id_: (point, day) for id_, point, day in rows}

    def undelivered(self) -> list[str]:
        """Every event in an outbox that one of its consumers has neither applied nor buried.

        What went to the billing system shows in its books instead.
        """
        missing = []
        wanted: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for service in SERVICES:
            for id_, type_ in self._ask(service, "SELECT id::text, type FROM outbox"):
                for consumer in CATALOGUE[type_].consumers:
                    if consumer not in OUTSIDERS and (id_, consumer) not in self._complete:
                        wanted[consumer][id_] = type_
        for consumer, events in wanted.items():
            there = {
                row[0]
                for row in self._ask(
                    consumer,
                    "SELECT event_id::text FROM inbox WHERE event_id = ANY(%s::uuid[])"
                    " UNION SELECT event_id::text FROM dead_letter WHERE event_id = ANY(%s::uuid[])",
                    list(events),
                    list(events),
                )
            }
            self._complete |= {(id_, consumer) for id_ in there}
            missing += [f"{type_} {id_} at {consumer}" for id_, type_ in events.items() if id_ not in there]
        return missing

    def findings(self, mine: set[str], expected: tuple[str, ...]) -> Findings:
        """Compare; ``mine``: ids of the readings that the drivers have asked for, in this round and before."""
        found = Findings(undelivered=self.undelivered())
        self._money(mine, found)
        self._mails(mine, found)
        self._versions(found)
        self._dead_letters(expected, found)
        return found

    def _money(self, mine: set[str], found: Findings) -> None:
        books = self._suite.world.billing_system.state()["invoices"]
        issued = Counter(body["reading_id"] for body in books if body["reading_id"])
        rows = self._ask("billing", "SELECT reading_id::text, invoice_number, total_ore FROM invoice")
        billed = Counter(row[0] for row in rows if row[0])
        for name, counts in (("issued", issued), ("billed", billed)):
            found.doubled += [f"reading {id_} {name} {count} times" for id_, count in counts.items() if count > 1]
            found.half += [f"reading {id_} not {name}" for id_ in mine if not counts[id_]]
        in_books = {body["invoice_number"]: body["total_ore"] for body in books}
        in_billing = {row[1]: row[2] for row in rows}
        found.phantom += [f"invoice {number}" for number in in_billing.keys() - in_books.keys()]
        found.half += [f"invoice {number}" for number in in_books.keys() - in_billing.keys()]
        both = in_books.keys() & in_billing.keys()
        found.half += [f"invoice {number}: another sum" for number in both if in_books[number] != in_billing[number]]

    def _mails(self, mine: set[str], found: Findings) -> None:
        of_readings = "SELECT id::text, reading_id::text FROM invoice WHERE reading_id IS NOT NULL"
        invoices = dict(self._ask("billing", of_readings))
        rows = self._ask(
            "notify",
            "SELECT notification.object_id::text, notification.recipient, delivery.message_key FROM notification"
            " JOIN delivery ON delivery.notification_id = notification.id"
            " WHERE notification.template = 'invoice-available' AND delivery.channel = 'email'",
        )
        taken = {key.strip("<>").partition("@")[0]: count for key, count in self._suite.world.postbox.counts().items()}
        mails = Counter((object_id, recipient) for object_id, recipient, _ in rows)
        found.doubled += [f"invoice {key} told {count} times" for key, count in mails.items() if count > 1]
        told = {invoices[object_id] for object_id, _, key in rows if object_id in invoices and taken.get(key)}
        found.half += [f"reading {id_}: no mail" for id_ in mine - told]
        found.mails_twice = sorted(
            key
            for key, count in self._suite.world.postbox.counts().items()
            if count > 1 and key not in self._mails_twice
        )

    def _versions(self, found: Findings) -> None:
        for service in SERVICES:
            versions: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
            for type_, subject, version in self._ask(service, "SELECT type, subject, version FROM outbox ORDER BY seq"):
                versions[CATALOGUE[type_].aggregate, subject].append(version)
            for (aggregate, subject), numbers in versions.items():
                rising = numbers == sorted(set(numbers))
                if not rising or (aggregate not in MAY_SKIP and numbers != list(range(1, len(numbers) + 1))):
                    found.gaps.append(f"{service} {aggregate} {subject}: {numbers}")

    def _dead_letters(self, expected: tuple[str, ...], found: Findings) -> None:
        for service in SERVICES:
            for id_, error, type_ in self._ask(service, "SELECT id::text, error, type FROM dead_letter"):
                if id_ not in self._letters:
                    letters = found.expected_letters if error.startswith(expected or ("-",)) else found.dead_letters
                    letters.append(f"{service}: {error} ({type_})")
        broker = self.waiting(*(f"{name}.dead" for name in participants()))
        found.dead_letters += [f"{queue}: {count} in the broker" for queue, count in broker.items() if count]

    def waiting(self, *queues: str) -> dict[str, int]:
        """Messages that lie in these queues of the broker."""
        connection = pika.BlockingConnection(pika.URLParameters(self._suite.amqp_url("operator")))
        try:
            channel = connection.channel()
            return {name: channel.queue_declare(name, passive=True).method.message_count for name in queues}
        finally:
            connection.close()


def plain(findings: Findings) -> str:
    """For the message of a failed assertion."""
    return json.dumps({name: rows[:10] for name, rows in vars(findings).items() if rows}, indent=1, ensure_ascii=False)


__all__ = ["Audit", "Findings", "plain"]
