"""BankID orders of the browser at hand, for logins and signatures alike. Every call is made outside a transaction."""

from __future__ import annotations

import hashlib
import ipaddress
from urllib.parse import urlsplit
from uuid import UUID

from flask import request

from chassis.http.routes import Context
from chassis.ids import new_secret
from identity.api import cookies
from identity.api.bankid import BankId, BankIdFault
from identity.api.bankid.client import StartOrder
from identity.domain import logins as rules
from identity.domain.bankid import Failed, Order, Outcome, Renewed, Trouble
from identity.domain.errors import BankIdUnavailable, LoginUnavailable, SignatureRunning
from identity.domain.logins import Login
from identity.domain.signing import SignTask
from identity.settings import Settings

ALREADY = "alreadyinprogress"


def settings_of(ctx: Context) -> Settings:
    """The settings, as this service's."""
    settings = ctx.settings
    assert isinstance(settings, Settings)  # noqa: S101 - for the type checker: app.py makes it so
    return settings


def address(ctx: Context) -> str:
    """The citizen's address in one form: BankID compares, and so do we."""
    try:
        found = ipaddress.ip_address(ctx.client_ip)
    except ValueError:
        return "127.0.0.1"
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def device_token() -> str:
    """The browser's own, or a new one."""
    return cookies.read(cookies.DEVICE) or new_secret()


def device_identifier(token: str) -> str:
    """A hash: BankID and our tables can tell the browser again, but not impersonate it."""
    return hashlib.sha256(b"device:" + token.encode()).hexdigest()


def user_agent() -> str | None:
    """What the browser calls itself, without what does not print."""
    value = request.headers.get("User-Agent", "")
    return "".join(character for character in value if character.isprintable()) or None


def start_of(
    ctx: Context,
    login_id: UUID,
    *,
    visible_data: str,
    return_url: str | None,
    device_hash: str | None,
    sign: SignTask | None = None,
) -> StartOrder:
    """What BankID is to be told of an order for this browser."""
    return StartOrder(
        login_id=login_id,
        end_user_ip=address(ctx),
        visible_data=visible_data,
        return_url=return_url and rules.return_to_browser(return_url, request.headers.get("User-Agent", "")),
        referring_domain=urlsplit(settings_of(ctx).public_url).hostname or "localhost",
        user_agent=user_agent(),
        device_identifier=device_hash,
        sign=sign,
    )


def start(ctx: Context, order: StartOrder) -> Order:
    """Start an order; raises ``BankIdUnavailable``, ``LoginUnavailable`` or ``SignatureRunning`` (RFA4)."""
    bankid: BankId = ctx.extension("bankid")
    try:
        return bankid.start(order)
    except BankIdFault as fault:
        if fault.error_code.lower() == ALREADY:
            raise SignatureRunning from fault
        raise (LoginUnavailable if fault.ours else BankIdUnavailable) from fault


def collect(ctx: Context, claim: Login, *, renewable: bool, sign: SignTask | None = None) -> Outcome:
    """Ask how it goes. A QR order that nobody picked up is followed by a new one without a word."""
    bankid: BankId = ctx.extension("bankid")
    outcome = bankid.collect(claim, sign)
    if isinstance(outcome, Trouble) and not outcome.passing and claim.order_ref is not None:
        # We give the order up: it shall not linger in somebody's app.
        bankid.cancel(claim.order_ref)
    if not renewable or outcome != Failed(hint_code=rules.START_FAILED):
        return outcome
    visible = sign.visible_data if sign else claim.visible_data
    again = start_of(ctx, claim.id, visible_data=visible, return_url=None, device_hash=claim.device_hash, sign=sign)
    try:
        return Renewed(order=bankid.start(again))
    except BankIdFault as fault:
        return Trouble(error_code=fault.error_code, passing=False)


def cancel(ctx: Context, *order_refs: str | None) -> None:
    """Cancel orders in the app too; one that has ended is no error."""
    bankid: BankId = ctx.extension("bankid")
    for order_ref in order_refs:
        if order_ref is not None:
            bankid.cancel(order_ref)
