"""Composition root of identity."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask
from joserfc.errors import JoseError

from chassis.admin import AdminCommand, AdminCommands, AdminContext, AdminFailed
from chassis.app import create_app as create_chassis_app
from chassis.breaker import CircuitBreaker
from chassis.jobs import Job, JobContext, Jobs
from chassis.sealing import Sealer, Unsealer
from chassis.settings import SettingsError
from chassis.telemetry import logger
from chassis.vault import Vault
from chassis.worker import Worker
from identity.api import ROUTES
from identity.api.bankid import BankId
from identity.api.oidc_provider import OidcProvider
from identity.api.population_register import ask_due
from identity.api.spar import Spar
from identity.api.spar.client import new_breaker
from identity.consumers import subscriptions
from identity.domain.proofs import read_roots
from identity.domain.staff import StaffRole
from identity.settings import Settings
from identity.usecases import answers, population_register
from identity.usecases.history import forget_old_records
from identity.usecases.housekeeping import forget_what_is_over
from identity.usecases.keys import Keys
from identity.usecases.names import BATCH, tell_names
from identity.usecases.population_register import LiftProtection
from identity.usecases.privacy import HOLDINGS, forget_staff_access
from identity.usecases.proofs import signed_orders, verify_signature
from identity.usecases.signing import expire_orders
from identity.usecases.staff import ChangeRoles, change_roles, list_staff

log = logger(__name__)

SERVICE = "identity"


def make_keys(settings: Settings) -> Keys:
    """The keys of this process; raises ``SettingsError`` where a receiver's key is not one."""
    try:
        sealer = Sealer(settings.notify_jwks)
        receivers = {name: Sealer(json.dumps(key)) for name, key in json.loads(settings.seal_jwks).items()}
        names = Sealer(settings.activity_jwks) if settings.activity_jwks else None
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = "notify_jwks and activity_jwks must be a public X25519 JWK, seal_jwks an object of them by service"
        raise SettingsError(message) from error
    try:
        unsealer = Unsealer(settings.identity_private_jwks) if settings.identity_private_jwks else None
    except Exception:  # noqa: BLE001 - whatever is wrong with it: the key must not reach a log
        message = "identity_private_jwks must be a JWKS of private X25519 keys"
        raise SettingsError(message) from None
    return Keys(
        vault=Vault.from_settings(settings.personal_number_key, settings.personal_number_pepper),
        sealer=sealer,
        receivers=receivers,
        refuse_published_numbers=settings.is_production,
        unsealer=unsealer,
        names=names,
        asks_population_register=bool(settings.spar_url),
    )


def create_app(settings: Settings, *, bankid: BankId | None = None) -> Flask:
    """The web process. ``bankid``: another client than the settings say, for tests."""
    return create_chassis_app(
        settings,
        ROUTES,
        title="Minasidor: identity",
        extensions={
            "bankid": bankid or BankId(settings),
            "oidc": OidcProvider(settings) if settings.oidc_issuer else None,
            "keys": make_keys(settings),
        },
    )


def create_worker(settings: Settings) -> Worker:
    """The worker process: relay, consumer and jobs; raises ``SettingsError`` without the key that opens exports."""
    keys = make_keys(settings)
    if keys.unsealer is None:
        message = "IDENTITY_IDENTITY_PRIVATE_JWKS is missing: without it nothing that is exported can be opened"
        raise SettingsError(message)
    if settings.spar_url:
        _check_register(settings)
    return Worker(settings, subscriptions(keys), JOBS)


def _check_register(settings: Settings) -> None:
    try:
        Spar(settings).close()
    except OSError as error:  # also ssl.SSLError
        message = f"spar_ca_file, spar_cert_file or spar_key_file cannot be used: {type(error).__name__}"
        raise SettingsError(message) from error


def _forget(context: JobContext) -> None:
    with context.database.transaction() as tx:
        forgotten = forget_what_is_over(tx)
    log.info("forgotten", **asdict(forgotten))


def _forget_history(context: JobContext) -> None:
    with context.database.transaction() as tx:
        records = forget_old_records(tx)
    log.info("login-records-forgotten", records=records)


def _forget_staff_access(context: JobContext) -> None:
    with context.database.transaction() as tx:
        records = forget_staff_access(tx)
    log.info("staff-access-forgotten", records=records)


def _close_data_requests(context: JobContext) -> None:
    assert isinstance(context.settings, Settings)  # noqa: S101 - for the type checker: cli.py makes it so
    keys = make_keys(context.settings)
    with context.database.transaction() as tx:
        overdue = answers.overdue(tx)
    for request_id in overdue:
        with context.database.transaction() as tx:
            answers.close_overdue(tx, keys, request_id)


def _expire_exports(context: JobContext) -> None:
    with context.database.transaction() as tx:
        files = answers.expire_files(tx)
    if files:
        log.info("data-exports-expired", files=files)


def _tell_names(context: JobContext) -> None:
    assert isinstance(context.settings, Settings)  # noqa: S101 - for the type checker: cli.py makes it so
    keys = make_keys(context.settings)
    while True:
        with context.database.transaction() as tx:
            if tell_names(tx, keys) < BATCH:
                return


def _expire_sign_orders(context: JobContext) -> None:
    with context.database.transaction() as tx:
        expired = expire_orders(tx)
    log.info("sign-orders-expired", orders=expired)


@cache
def _breaker_of(_url: str) -> CircuitBreaker:
    """One for each register and process: a run that finds it silent is remembered by the next."""
    return new_breaker()


def _ask_population_register(context: JobContext) -> None:
    settings = context.settings
    assert isinstance(settings, Settings)  # noqa: S101 - for the type checker: cli.py makes it so
    if not settings.spar_url:
        return
    with context.database.read() as tx:
        if not population_register.is_due(tx):
            return
    register = Spar(settings, breaker=_breaker_of(settings.spar_url))
    try:
        ask_due(context.database, register, make_keys(settings))
    finally:
        register.close()


def _forget_population_register(context: JobContext) -> None:
    with context.database.transaction() as tx:
        persons = population_register.forget(tx)
    log.info("population-register-forgotten", persons=persons)


JOBS = Jobs(
    Job("tell-names", every=timedelta(seconds=10), run=_tell_names),
    Job("ask-population-register", every=timedelta(seconds=10), run=_ask_population_register),
    Job("forget-population-register", every=timedelta(days=1), run=_forget_population_register),
    Job("close-overdue-data-requests", every=timedelta(hours=1), run=_close_data_requests),
    Job("expire-data-exports", every=timedelta(minutes=10), run=_expire_exports),
    Job("forget-staff-access", every=timedelta(days=1), run=_forget_staff_access),
    Job("forget-logins-and-sessions", every=timedelta(hours=1), run=_forget),
    Job("expire-sign-orders", every=timedelta(minutes=1), run=_expire_sign_orders),
    Job("forget-login-records", every=timedelta(days=1), run=_forget_history),
)


def _role_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role", dest="roles", action="append", required=True, choices=[str(role) for role in StaffRole]
    )
    parser.add_argument("--reason", required=True, help="why, for the log; nothing personal")


def _change_roles(context: AdminContext, *, grant: bool) -> dict[str, Any]:
    assert isinstance(context.settings, Settings)  # noqa: S101 - for the type checker: cli.py makes it so
    number, *name = context.read() or [""]
    command = ChangeRoles(
        personal_number=number,
        name=name[0] if name else None,
        roles=tuple(StaffRole(role) for role in context.options.roles),
        grant=grant,
        reason=context.options.reason,
    )
    with context.database.transaction() as tx:
        return asdict(change_roles(tx, make_keys(context.settings), command))


def _grant(context: AdminContext) -> dict[str, Any]:
    return _change_roles(context, grant=True)


def _revoke(context: AdminContext) -> dict[str, Any]:
    return _change_roles(context, grant=False)


def _reason_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, help="why, for the log; nothing personal")


def _lift_protection(context: AdminContext) -> dict[str, Any]:
    assert isinstance(context.settings, Settings)  # noqa: S101 - for the type checker: cli.py makes it so
    (number, *_) = context.read() or [""]
    command = LiftProtection(personal_number=number, reason=context.options.reason)
    with context.database.transaction() as tx:
        answer = asdict(population_register.lift_protection(tx, make_keys(context.settings), command))
    if not answer["lifted"]:
        raise AdminFailed(answer)
    return answer


def _list(context: AdminContext) -> list[dict[str, Any]]:
    with context.database.read() as tx:
        return [{"person_id": person_id, "roles": roles} for person_id, roles in list_staff(tx)]


def _which_orders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sign-order", type=UUID, action="append", default=[], help="all that are signed, without")


def _verify(context: AdminContext) -> dict[str, Any]:
    settings = context.settings
    assert isinstance(settings, Settings)  # noqa: S101 - for the type checker: cli.py makes it so
    keys, roots = make_keys(settings), read_roots(settings.bankid_signature_ca_file)
    with context.database.read() as tx:
        chosen = context.options.sign_order or signed_orders(tx)
        verdicts = [verify_signature(tx, keys, each, roots) for each in chosen]
    answer = {
        "checked": len(verdicts),
        "anchored": bool(roots),
        "broken": [{"sign_order_id": each.sign_order_id, "part": each.fault} for each in verdicts if each.fault],
    }
    if answer["broken"]:
        raise AdminFailed(answer)
    return answer


ADMIN = AdminCommands(
    AdminCommand(
        "grant-staff-role",
        _grant,
        "give roles; personal number on standard input, the name on a second line where the person is new",
        _role_arguments,
    ),
    AdminCommand("revoke-staff-role", _revoke, "take roles; personal number on standard input", _role_arguments),
    AdminCommand(
        "lift-register-protection",
        _lift_protection,
        "protected identity that the population register had set is so no longer; personal number on standard input",
        _reason_argument,
    ),
    AdminCommand(
        "verify-signatures",
        _verify,
        "verify stored signatures again, against BankID's root and our tables; status 1 where one does not hold",
        _which_orders,
    ),
    AdminCommand("list-staff", _list, "who holds which roles, by opaque id"),
)

__all__ = ["ADMIN", "HOLDINGS", "JOBS", "ROUTES", "SERVICE", "Settings", "create_app", "create_worker", "make_keys"]
