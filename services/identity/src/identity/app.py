"""Composition root of identity."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

from flask import Flask
from joserfc.errors import JoseError

from chassis.app import create_app as create_chassis_app
from chassis.jobs import Job, JobContext, Jobs
from chassis.sealing import Sealer
from chassis.settings import SettingsError
from chassis.telemetry import logger
from chassis.vault import Vault
from chassis.worker import Worker
from identity.api import ROUTES
from identity.api.bankid import BankId
from identity.consumers import subscriptions
from identity.settings import Settings
from identity.usecases.history import forget_old_records
from identity.usecases.housekeeping import forget_what_is_over
from identity.usecases.keys import Keys

log = logger(__name__)

SERVICE = "identity"


def make_keys(settings: Settings) -> Keys:
    """The keys of this process; raises ``SettingsError`` where a receiver's key is not one."""
    try:
        sealer = Sealer(settings.notify_jwks)
        receivers = {name: Sealer(json.dumps(key)) for name, key in json.loads(settings.seal_jwks).items()}
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = "notify_jwks must be a public X25519 JWK, seal_jwks an object of them by service"
        raise SettingsError(message) from error
    return Keys(
        vault=Vault.from_settings(settings.personal_number_key, settings.personal_number_pepper),
        sealer=sealer,
        receivers=receivers,
        refuse_published_numbers=settings.is_production,
    )


def create_app(settings: Settings, *, bankid: BankId | None = None) -> Flask:
    """The web process. ``bankid``: another client than the settings say, for tests."""
    return create_chassis_app(
        settings,
        ROUTES,
        title="Minasidor: identity",
        extensions={"bankid": bankid or BankId(settings), "keys": make_keys(settings)},
    )


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, subscriptions(make_keys(settings)), JOBS)


def _forget(context: JobContext) -> None:
    with context.database.transaction() as tx:
        forgotten = forget_what_is_over(tx)
    log.info("forgotten", **asdict(forgotten))


def _forget_history(context: JobContext) -> None:
    with context.database.transaction() as tx:
        records = forget_old_records(tx)
    log.info("login-records-forgotten", records=records)


JOBS = Jobs(
    Job("forget-logins-and-sessions", every=timedelta(hours=1), run=_forget),
    Job("forget-login-records", every=timedelta(days=1), run=_forget_history),
)

__all__ = ["JOBS", "ROUTES", "SERVICE", "Settings", "create_app", "create_worker", "make_keys"]
