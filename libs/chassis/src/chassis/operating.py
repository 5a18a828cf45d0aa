"""What an operator does by hand: jobs, replay, reconciliation, dead letters, the broker's topology.

Everything that changes something says first what it would do and does it with ``--yes``; everything may be repeated.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from types import ModuleType
from typing import Any
from uuid import UUID

from chassis import admin, dead_letters, jobs, reconcile, topology
from chassis.errors import DomainError
from chassis.settings import Settings
from chassis.subscriptions import Subscriptions
from chassis.transaction import Database


def show(value: Any) -> None:
    """Print as JSON, for people and for ``jq``."""
    print(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def run(options: argparse.Namespace, module: ModuleType, settings: Settings) -> int:
    """Carry out one operator's command on one service; returns the exit status."""
    database = Database(settings, "jobs")
    try:
        match options.command:
            case "admin":
                return _admin(options, module, settings, database)
            case "jobs":
                return _jobs(options, module, settings, database)
            case "replay":
                return _replay(options, database)
            case _:
                return _dead_letters(options, module.create_worker(settings).subscriptions, settings, database)
    except DomainError as error:
        print(f"minasidor: {': '.join(error.text('en'))}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"minasidor: {error}", file=sys.stderr)
        return 2
    finally:
        database.dispose()


def _admin(options: argparse.Namespace, module: ModuleType, settings: Settings, database: Database) -> int:
    commands: admin.AdminCommands = getattr(module, "ADMIN", admin.AdminCommands())
    command, chosen = commands.parse(options.service, options.arguments)
    try:
        show(command.run(admin.AdminContext(database, settings, chosen, admin.read_lines)))
    except admin.AdminFailed as failed:
        show(failed.answer)
        return 1
    return 0


def _jobs(options: argparse.Namespace, module: ModuleType, settings: Settings, database: Database) -> int:
    table: jobs.Jobs = module.JOBS
    if options.action == "list":
        show([{"name": job.name, "every_seconds": int(job.every.total_seconds())} for job in table])
        return 0
    try:
        job = table.get(options.name or "")
    except jobs.UnknownJob:
        print(f"minasidor: there is no job {options.name!r}; jobs list shows them", file=sys.stderr)
        return 2
    ran = jobs.run(job, jobs.JobContext(database, settings))
    show({"job": job.name, "ran": ran})
    return 0


def _replay(options: argparse.Namespace, database: Database) -> int:
    count = reconcile.replay(
        database,
        event_ids=options.event_id or None,
        since=options.since,
        event_type=options.event_type,
        dry_run=not options.yes,
    )
    show({"events": count, "done": options.yes})
    return 0


def _dead_letters(
    options: argparse.Namespace, subscriptions: Subscriptions, settings: Settings, database: Database
) -> int:
    if options.action == "list":
        show([asdict(letter) for letter in dead_letters.listing(database)])
        return 0
    letter_id = UUID(options.id or "")
    match options.action:
        case "show":
            letter, headers, body = dead_letters.show(database, letter_id)
            show(asdict(letter) | {"headers": headers, "body": body.decode(errors="replace")})
        case "replay":
            applied = dead_letters.replay(database, subscriptions, letter_id, trust_sender=settings.trust_sender)
            show({"id": letter_id, "applied": applied})
        case "discard":
            dead_letters.discard(database, letter_id, options.reason or "")
            show({"id": letter_id, "discarded": True})
    return 0


def run_reconcile(all_settings: dict[str, Settings], *, heal: bool) -> int:
    """Compare producers with subscribers over the services whose settings are here; 1 where something is amiss."""
    databases = {name: Database(settings, "jobs") for name, settings in all_settings.items()}
    try:
        report = reconcile.reconcile(databases, heal=heal)
    finally:
        for database in databases.values():
            database.dispose()
    show(
        {
            "checked": report.checked,
            "overdue": report.overdue,
            "missing": [
                {"producer": producer, "subscriber": subscriber, "events": ids}
                for (producer, subscriber), ids in report.missing.items()
            ],
            "unreachable": report.unreachable,
            "healed": heal and bool(report.missing),
        }
    )
    return 0 if report.clean else 1


def run_topology(*, verify_only: bool) -> int:
    """Bring an existing broker to the generated topology; 1 where it differs.

    Settings: MINASIDOR_OPERATOR_AMQP_URL; MINASIDOR_RABBITMQ_API (management) where users and rights are wanted too,
    with one password per participant in MINASIDOR_BROKER_PASSWORDS (a JSON object, or a file named by ..._FILE).
    """
    environ = os.environ  # noqa: TID251 - an operator's command, not a service
    url = environ.get("MINASIDOR_OPERATOR_AMQP_URL")
    if not url:
        print("minasidor: MINASIDOR_OPERATOR_AMQP_URL is missing", file=sys.stderr)
        return 78
    api = environ.get("MINASIDOR_RABBITMQ_API")
    management = topology.Management(api) if api else None
    if not verify_only:
        passwords = environ.get("MINASIDOR_BROKER_PASSWORDS")
        if path := environ.get("MINASIDOR_BROKER_PASSWORDS_FILE"):
            with open(path, encoding="utf-8") as file:  # noqa: PTH123 - one line
                passwords = file.read()
        if management and passwords:
            management.provision(json.loads(passwords))
        topology.declare(url)
    differences = topology.verify(url, management)
    show([asdict(difference) for difference in differences])
    return 1 if differences else 0
