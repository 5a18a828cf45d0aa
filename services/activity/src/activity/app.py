"""Composition root: what activity consists of."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from activity.api import routes
from activity.consumers import SUBSCRIPTIONS
from activity.settings import Settings
from activity.usecases import keeping, recording, verifying
from activity.usecases.privacy import HOLDINGS
from chassis import app
from chassis.admin import AdminCommand, AdminCommands, AdminContext, AdminFailed
from chassis.jobs import Job, JobContext, Jobs
from chassis.sealing import Unsealer
from chassis.settings import SettingsError
from chassis.telemetry import logger
from chassis.worker import Worker

log = logger(__name__)

SERVICE = "activity"
ROUTES = [routes]


def _anchor(context: JobContext) -> None:
    while True:
        with context.database.transaction() as tx:
            if keeping.anchor(tx) < keeping.BATCH:
                return


def _make_months(context: JobContext) -> None:
    with context.database.transaction() as tx:
        recording.make_months(tx)


def _let_go(context: JobContext) -> None:
    # Yesterday's checkpoints have been anchored; today's wait for tomorrow.
    while True:
        with context.database.transaction() as tx:
            dropped = keeping.drop_oldest(tx)
        if dropped < 0:
            break
        log.info("activities-dropped", entries=dropped)
    with context.database.transaction() as tx:
        keeping.make_checkpoints(tx)


class ChainsDiffer(Exception):
    """The daily look has found a difference; the count is all it says, ``verify-chains`` says where."""


def _look(context: JobContext) -> None:
    with context.database.transaction() as tx:
        report = verifying.verify(tx)
    log.info("chains-verified", chains=report.chains, entries=report.entries, differences=report.differences)
    if report.differences:
        message = (
            f"{report.differences} differences in the activity log: python -m chassis activity admin verify-chains"
        )
        raise ChainsDiffer(message)


JOBS = Jobs(
    Job("verify-chains", every=timedelta(days=1), run=_look),
    Job("anchor-chains", every=timedelta(minutes=1), run=_anchor),
    Job("make-activity-months", every=timedelta(days=1), run=_make_months),
    Job("drop-old-activities", every=timedelta(days=1), run=_let_go),
)


@contextmanager
def _lines(name: str | None) -> Iterator[Iterable[str] | None]:
    if name is None:
        yield None
    elif name == "-":
        yield sys.stdin
    else:
        with Path(name).open(encoding="utf-8") as file:
            yield file


def _verify(context: AdminContext) -> dict[str, Any]:
    with _lines(context.options.anchors) as lines, context.database.transaction() as tx:
        report = verifying.verify(tx, None if lines is None else verifying.read_anchors(lines))
    shown = asdict(report)
    if report.differences:
        raise AdminFailed(shown)
    return shown


def _anchors_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--anchors",
        metavar="FILE",
        help="what 'python -m chassis org-registry admin export-activity-anchors' wrote before; - is standard input",
    )


ADMIN = AdminCommands(
    AdminCommand(
        "verify-chains",
        run=_verify,
        help="check every chain, and against anchors where given; exit status 1 where something differs",
        arguments=_anchors_option,
    )
)


def create_app(settings: Settings) -> Flask:
    """The web process."""
    try:
        unsealer = Unsealer(settings.seal_private_jwks) if settings.seal_private_jwks else None
    except Exception:  # noqa: BLE001 - whatever is wrong with it: the key must not reach a log
        message = "seal_private_jwks must be a JWKS of private X25519 keys"
        raise SettingsError(message) from None
    return app.create_app(settings, ROUTES, title="Minasidor: activity", extensions={"unsealer": unsealer})


def create_worker(settings: Settings) -> Worker:
    """The worker process: the one that builds the chains."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


__all__ = ["ADMIN", "HOLDINGS", "JOBS", "ROUTES", "SERVICE", "SUBSCRIPTIONS", "Settings", "create_app", "create_worker"]
