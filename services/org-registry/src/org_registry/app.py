"""Composition root: what org-registry consists of."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from flask import Flask

from chassis import app
from chassis.admin import AdminCommand, AdminCommands, AdminContext
from chassis.clamd import Clamd
from chassis.jobs import Job, JobContext, Jobs
from chassis.sealing import Sealer, Unsealer
from chassis.settings import SettingsError
from chassis.vault import Vault
from chassis.worker import Worker
from org_registry.api import (
    access_requests,
    accounts,
    company_accounts,
    link_corrections,
    memberships,
    power_jobs,
    powers,
    powers_staff,
    rechecks,
    reviews,
    support,
    suspensions,
)
from org_registry.api.bolagsverket_client import Connection, RegisterClient
from org_registry.api.power_form import Form
from org_registry.consumers import subscriptions
from org_registry.settings import Settings
from org_registry.usecases import access_decisions, anchors, companies, powers_upkeep, privacy
from org_registry.usecases import memberships as membership_usecases
from org_registry.usecases import reviews as review_usecases
from org_registry.usecases.power_vault import PowerVault
from org_registry.usecases.privacy import HOLDINGS
from org_registry.usecases.vault import NumberVault

SERVICE = "org-registry"
ROUTES = [
    accounts.routes,
    company_accounts.routes,
    memberships.routes,
    reviews.routes,
    access_requests.routes,
    link_corrections.routes,
    suspensions.routes,
    support.routes,
    powers.routes,
    powers_staff.routes,
]


def _expire_memberships(context: JobContext) -> None:
    while True:
        with context.database.transaction() as tx:
            if not membership_usecases.expire_memberships(tx):
                return


def _drop_lapsed_confirmations(context: JobContext) -> None:
    with context.database.transaction() as tx:
        companies.drop_lapsed(tx)


def _forget_old(context: JobContext) -> None:
    with context.database.transaction() as tx:
        privacy.forget_old(tx)
        access_decisions.forget_ended(tx)


def _see_to_access_requests(context: JobContext) -> None:
    vault = make_vault(cast("Settings", context.settings))
    steps = (
        lambda tx: access_decisions.look_up(tx, vault),
        access_decisions.settle_members,
        access_decisions.expire_requests,
    )
    for step in steps:
        while True:
            with context.database.transaction() as tx:
                if not step(tx):
                    break


def _recheck_signatories(context: JobContext) -> None:
    settings = cast("Settings", context.settings)
    register = make_register(settings)
    try:
        rechecks.recheck_signatories(
            context.database,
            register,
            make_vault(settings),
            allow_day_to_day=settings.allow_day_to_day_signatory,
        )
    finally:
        register.close()


def _scan_documents(context: JobContext) -> None:
    settings = cast("Settings", context.settings)
    scanner = make_scanner(settings)
    if scanner is not None:
        power_jobs.scan_documents(context.database, scanner, make_power_vault(settings))


def _expire_powers(context: JobContext) -> None:
    while True:
        with context.database.transaction() as tx:
            if not powers_upkeep.expire_powers(tx):
                return


def _forget_powers(context: JobContext) -> None:
    with context.database.transaction() as tx:
        powers_upkeep.forget_powers(tx)


def _review_memberships(context: JobContext) -> None:
    for step in (review_usecases.open_reviews, review_usecases.remind_of_reviews):
        while True:
            with context.database.transaction() as tx:
                if not step(tx):
                    break


JOBS = Jobs(
    Job("scan-power-documents", every=timedelta(seconds=10), run=_scan_documents),
    Job("expire-powers-of-attorney", every=timedelta(minutes=1), run=_expire_powers),
    Job("forget-powers-of-attorney", every=timedelta(hours=1), run=_forget_powers),
    Job("forget-old-rights", every=timedelta(days=1), run=_forget_old),
    Job("expire-memberships", every=timedelta(minutes=1), run=_expire_memberships),
    Job("drop-lapsed-confirmations", every=timedelta(hours=1), run=_drop_lapsed_confirmations),
    Job("see-to-access-requests", every=timedelta(seconds=10), run=_see_to_access_requests),
    Job("recheck-signatories", every=timedelta(minutes=10), run=_recheck_signatories),
    Job("review-memberships", every=timedelta(hours=1), run=_review_memberships),
)


def _export_anchors(context: AdminContext) -> dict[str, Any]:
    count = 0
    with Path(context.options.to).open("w", encoding="utf-8") as file, context.database.transaction() as tx:
        for anchor in anchors.export_anchors(tx):
            file.write(json.dumps(anchor) + "\n")
            count += 1
    return {"anchors": count, "file": context.options.to}


def _to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="FILE", required=True, help="for 'activity admin verify-chains --anchors FILE'")


ADMIN = AdminCommands(
    AdminCommand(
        "export-activity-anchors",
        run=_export_anchors,
        help="write the anchors of the activity log to a file, one a line",
        arguments=_to,
    )
)


def make_vault(settings: Settings) -> NumberVault:
    """The keys of organisation numbers; raises ``SettingsError``."""
    return NumberVault(key=settings.organisation_number_key, pepper=settings.organisation_number_pepper)


def make_power_vault(settings: Settings) -> PowerVault:
    """The keys of powers of attorney; raises ``SettingsError``."""
    try:
        vault = Vault.from_settings(settings.document_key, settings.organisation_number_pepper)
    except ValueError as error:
        message = f"document_key {error}"
        raise SettingsError(message) from None
    return PowerVault(numbers=make_vault(settings), vault=vault, sealer=Sealer(settings.notify_jwks))


def make_scanner(settings: Settings) -> Clamd | None:
    """The malware scanner, where there is one; raises ``SettingsError`` for an address of another form."""
    if not settings.clamd_address:
        return None
    try:
        return Clamd(settings.clamd_address)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def make_form(settings: Settings) -> Form:
    """The form to download (T35) and where to send it (T38, T39); raises ``SettingsError`` where nobody has said so."""
    if settings.is_production and not (settings.operator_email and settings.operator_address):
        message = "operator_email and operator_address are missing: the power of attorney form says where to send it"
        raise SettingsError(message)
    return Form(
        email=settings.operator_email,
        address=settings.operator_address.replace("|", "\n"),
        portal=f"{settings.public_url}/fullmakt",
    )


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
            "powers": make_power_vault(settings),
            "power_form": make_form(settings),
            "scanner": make_scanner(settings),
            "unsealer": _make_unsealer(settings),
        },
    )


def create_worker(settings: Settings) -> Worker:
    """The worker process."""
    return Worker(settings, subscriptions(make_vault(settings), _make_unsealer(settings)), JOBS)


__all__ = ["ADMIN", "HOLDINGS", "JOBS", "ROUTES", "SERVICE", "Settings", "create_app", "create_worker"]
