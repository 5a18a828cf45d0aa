"""Composition root: what org-registry consists of."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from chassis import app
from chassis.jobs import Job, JobContext, Jobs
from chassis.sealing import Unsealer
from chassis.settings import SettingsError
from chassis.worker import Worker
from org_registry.api import accounts, company_accounts, memberships
from org_registry.api.bolagsverket_client import Connection, RegisterClient
from org_registry.consumers import subscriptions
from org_registry.settings import Settings
from org_registry.usecases import companies
from org_registry.usecases import memberships as membership_usecases
from org_registry.usecases.vault import NumberVault

SERVICE = "org-registry"
ROUTES = [accounts.routes, company_accounts.routes, memberships.routes]


def _expire_memberships(context: JobContext) -> None:
    while True:
        with context.database.transaction() as tx:
            if not membership_usecases.expire_memberships(tx):
                return


def _drop_lapsed_confirmations(context: JobContext) -> None:
    with context.database.transaction() as tx:
        companies.drop_lapsed(tx)


JOBS = Jobs(
    Job("expire-memberships", every=timedelta(minutes=1), run=_expire_memberships),
    Job("drop-lapsed-confirmations", every=timedelta(hours=1), run=_drop_lapsed_confirmations),
)


def make_vault(settings: Settings) -> NumberVault:
    """The keys of organisation numbers; raises ``SettingsError``."""
    return NumberVault(key=settings.organisation_number_key, pepper=settings.organisation_number_pepper)


def make_register(settings: Settings) -> RegisterClient:
    """The client of Bolagsverket; raises ``SettingsError`` where it would speak in clear in production."""
    urls = (settings.bolagsverket_url, settings.bolagsverket_token_url)
    if settings.is_production and not all(url.startswith("https://") for url in urls):
        message = "bolagsverket_url and bolagsverket_token_url must begin with https:// in production"
        raise SettingsError(message)
    return RegisterClient(
        Connection(
            url=settings.bolagsverket_url.rstrip("/"),
            token_url=settings.bolagsverket_token_url,
            client_id=settings.bolagsverket_client_id,
            client_secret=settings.bolagsverket_client_secret,
            connect_timeout=settings.bolagsverket_connect_timeout_ms / 1000,
            timeout=settings.bolagsverket_timeout_ms / 1000,
        )
    )


def _make_unsealer(settings: Settings) -> Unsealer:
    try:
        return Unsealer(settings.seal_private_jwks)
    except Exception:  # noqa: BLE001 - whatever is wrong with it: the key must not reach a log
        message = "seal_private_jwks must be a JWKS of private X25519 keys"
        raise SettingsError(message) from None


def create_app(settings: Settings, *, register: RegisterClient | None = None) -> Flask:
    """The web process; tests may bring a ``register`` of their own."""
    return app.create_app(
        settings,
        ROUTES,
        title="Minasidor: org-registry",
        extensions={
            "vault": make_vault(settings),
            "register": register or make_register(settings),
            "unsealer": _make_unsealer(settings),
        },
    )


def create_worker(settings: Settings) -> Worker:
    """The worker process."""
    return Worker(settings, subscriptions(make_vault(settings)), JOBS)


__all__ = ["JOBS", "ROUTES", "SERVICE", "Settings", "create_app", "create_worker"]
