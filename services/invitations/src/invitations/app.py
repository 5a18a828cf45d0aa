"""Composition root: what invitations consists of."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from chassis import app
from chassis.jobs import Job, JobContext, Jobs
from chassis.mailed_links import example_settings
from chassis.peers import Peer
from chassis.worker import Worker
from invitations import usecases
from invitations.api import ROUTES
from invitations.api.identity import Identity
from invitations.consumers import SUBSCRIPTIONS
from invitations.settings import Settings
from invitations.usecases.privacy import HOLDINGS

SERVICE = "invitations"
PAGE = "/inbjudan"
"""Path of the portal's page that a link opens."""


def make_keys(settings: Settings) -> usecases.Keys:
    """The keys of this process."""
    return usecases.Keys.from_settings(settings, PAGE, approvals_signed=settings.approvals_signed)


def create_app(settings: Settings, *, identity: Peer | None = None) -> Flask:
    """The web process. ``identity``: another client than the settings say, for tests."""
    asked = Identity(identity or Peer("identity", settings.identity_address, settings))
    return app.create_app(
        settings,
        ROUTES,
        title="Minasidor: invitations",
        extensions={"keys": make_keys(settings), "identity": asked},
    )


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs."""
    return Worker(settings, SUBSCRIPTIONS, JOBS)


def _expire(context: JobContext) -> None:
    while True:
        with context.database.transaction() as tx:
            if not usecases.expire_invitations(tx):
                return


def _forget(context: JobContext) -> None:
    with context.database.transaction() as tx:
        usecases.forget_addresses(tx)


JOBS = Jobs(
    Job("expire-invitations", every=timedelta(minutes=1), run=_expire),
    Job("forget-invited-addresses", every=timedelta(hours=12), run=_forget),
)

EXAMPLE_SETTINGS = example_settings(SERVICE) | {
    "INVITATIONS_IDENTITY_ADDRESS": "identity:8000",
    "INVITATIONS_PEER_PRIVATE_JWK": (
        '{"kty": "OKP", "crv": "Ed25519", "kid": "docs", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",'
        ' "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}'
    ),
}
"""For documents made without a deployment; RFC 8037's published key for asking others."""

__all__ = [
    "EXAMPLE_SETTINGS",
    "HOLDINGS",
    "JOBS",
    "ROUTES",
    "SERVICE",
    "SUBSCRIPTIONS",
    "Settings",
    "create_app",
    "create_worker",
    "make_keys",
]
