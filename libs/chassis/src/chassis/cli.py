"""``python -m chassis <service> <command>``: one entry for every process of every service.

Commands: web, worker [--only relay|consumer|jobs|background], migrate, jobs list|run NAME, openapi, routes,
replay, reconcile, dead-letters, admin (the service's own). ``all`` as service is understood by migrate, reconcile and
topology.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from types import ModuleType
from typing import Any
from uuid import UUID

from chassis.settings import Settings, SettingsError, load
from chassis.telemetry import configure_logging


def import_name(service: str) -> str:
    """``org-registry`` -> ``org_registry``."""
    return service.replace("-", "_")


def app_module(service: str) -> ModuleType:
    """The service's composition root; raises ``SystemExit`` for an unknown service."""
    try:
        return importlib.import_module(f"{import_name(service)}.app")
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] == import_name(service):
            message = f"there is no service called {service}"
            raise SystemExit(message) from error
        raise


def settings_for(service: str) -> Settings:
    """Read the service's settings from the environment."""
    cls: type[Settings] = app_module(service).Settings
    return load(cls, service)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chassis", description=__doc__)
    parser.add_argument("service", help="folder name, for example org-registry; or 'all' for migrate")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("web", help="serve HTTP")
    worker = commands.add_parser("worker", help="relay, consumer, jobs and background loops")
    worker.add_argument("--only", choices=["relay", "consumer", "jobs", "background"])
    commands.add_parser("migrate", help="bring the database to the head of the migrations")
    jobs = commands.add_parser("jobs", help="list the scheduled work, or run one now")
    jobs.add_argument("action", choices=["list", "run"])
    jobs.add_argument("name", nargs="?")
    commands.add_parser("openapi", help="print the OpenAPI document")
    commands.add_parser("routes", help="print the route table as JSON")
    replay = commands.add_parser("replay", help="publish events of the outbox again; the inbox makes it safe")
    replay.add_argument("--event-id", type=UUID, action="append", default=[])
    replay.add_argument("--since", type=datetime.fromisoformat, help="ISO 8601 instant with offset")
    replay.add_argument("--type", dest="event_type")
    replay.add_argument("--yes", action="store_true", help="do it; without, only count")
    found = commands.add_parser("reconcile", help="with 'all': what was published and did not arrive, or never left")
    found.add_argument("--heal", action="store_true", help="publish again what is missing")
    for name, text in (
        ("keys", "print fresh secrets as an environment file"),
        ("databases", "make the databases and roles that are missing"),
        ("definitions", "print RabbitMQ's definitions with hashed passwords"),
    ):
        commands.add_parser(name, help=f"with 'all': {text}")
    shape = commands.add_parser("topology", help="with 'all': bring an existing broker to the generated topology")
    shape.add_argument("--verify", action="store_true", help="only say what differs")
    dead = commands.add_parser("dead-letters", help="list, show, replay or discard what could not be handled")
    dead.add_argument("action", choices=["list", "show", "replay", "discard"])
    dead.add_argument("id", nargs="?")
    dead.add_argument("--reason")
    admin = commands.add_parser("admin", help="the service's own commands; 'admin --help' lists them", add_help=False)
    admin.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. A bad setting is one clear line, not a traceback."""
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except SettingsError as error:
        print(f"minasidor: settings of {options.service}: {error}", file=sys.stderr)
        return 78


def _run(options: argparse.Namespace) -> int:  # noqa: PLR0911 - one line per command
    match options.command:
        case "migrate":
            return _migrate(options.service)
        case "reconcile":
            from chassis import operating

            return operating.run_reconcile(_settings_of(options.service), heal=options.heal)
        case "keys" | "databases" | "definitions":
            return _provision(options.command)
        case "topology":
            from chassis import operating

            return operating.run_topology(verify_only=options.verify)
    module = app_module(options.service)
    if options.command == "routes":
        print(json.dumps(route_table(module.ROUTES), indent=2))
        return 0
    settings = settings_for(options.service)
    match options.command:
        case "web":
            from chassis import gunicorn

            gunicorn.serve(lambda: module.create_app(settings), settings)
        case "worker":
            configure_logging(settings.service, level=settings.log_level, fmt=settings.log_format)
            return int(module.create_worker(settings).run(only=options.only) or 0)
        case "openapi":
            print(json.dumps(module.create_app(settings).extensions["openapi"], indent=2, ensure_ascii=False))
        case _:
            # Standard output is the command's answer, for jq.
            configure_logging(settings.service, level="WARNING", fmt=settings.log_format, stream=sys.stderr)
            return _operate(options, module, settings)
    return 0


def route_table(groups: Sequence[Any]) -> list[dict[str, Any]]:
    """What the gateway must know of each route: method, path, access, limits."""
    return [
        {
            "name": route.name,
            "method": route.method,
            "path": group.prefix + route.path,
            "access": route.access.kind,
            "scope": route.access.scope,
            "area": route.access.area,
            "claims": list(route.access.claims),
            "csrf": route.access.csrf,
            "idempotent": route.idempotent,
            "body_limit": route.body_limit,
            "rate": route.rate,
        }
        for group in groups
        for route in group.routes
    ]


def _settings_of(service: str) -> dict[str, Settings]:
    from contracts.catalogue import SERVICES

    return {name: settings_for(name) for name in (SERVICES if service == "all" else (service,))}


def _migrate(service: str) -> int:
    from chassis import migrations

    migrations.upgrade_many(list(_settings_of(service).values()))
    return 0


def _provision(command: str) -> int:
    from chassis import provision

    match command:
        case "keys":
            print(provision.environment_file(), end="")
        case "databases":
            print(json.dumps(provision.make_databases(os.environ)))  # noqa: TID251 - an operator's command
        case _:
            print(json.dumps(provision.definitions(os.environ), indent=2))  # noqa: TID251
    return 0


def _operate(options: argparse.Namespace, module: ModuleType, settings: Settings) -> int:
    from chassis import operating

    return operating.run(options, module, settings)
