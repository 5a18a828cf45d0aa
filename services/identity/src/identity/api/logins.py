"""Logging in with BankID. Every call to BankID is in a ``prepare`` step: outside any transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from chassis.http import problems
from chassis.http.access import public
from chassis.http.routes import Context, Reply, Routes
from chassis.ids import new_id, new_secret
from chassis.transaction import Tx
from identity import schemas
from identity.api import cookies, orders
from identity.domain import logins as rules
from identity.domain.errors import BankIdUnavailable, LoginNotFound, LoginUnavailable
from identity.domain.logins import Device
from identity.usecases import logins as usecases
from identity.usecases.keys import Keys

routes = Routes("logins", "Login with BankID")

BEFORE_LOGIN = "Nobody is logged in yet; the order is bound to the cookie __Host-pre"


def _begin(ctx: Context, body: usecases.WantLogin) -> tuple[usecases.StartLogin, str]:
    with ctx.database.transaction() as tx:
        earlier = usecases.cancel_login(tx, cookies.read(cookies.PRE_LOGIN))
    orders.cancel(ctx, earlier)
    settings, device_token = orders.settings_of(ctx), orders.device_token()
    login_id, locale = new_id(), problems.locale()
    nonce = new_secret() if body.device == Device.SAME else None
    page = f"{settings.public_url}/logga-in/retur"
    start = orders.start_of(
        ctx,
        login_id,
        visible_data=rules.visible_data(locale),
        return_url=nonce and rules.return_url(page, body.return_mode, login=str(login_id), nonce=nonce),
        device_hash=orders.device_identifier(device_token),
    )
    command = usecases.StartLogin(
        login_id=login_id,
        pre_token=new_secret(),
        nonce=nonce,
        order=orders.start(ctx, start),
        device=body.device,
        platform=rules.platform_of(request.headers.get("User-Agent", "")),
        locale=locale,
        visible_data=start.visible_data,
        return_path=body.return_path,
        start_address=start.end_user_ip,
        device_hash=start.device_identifier or "",
        launch_base=settings.bankid_launch_url,
    )
    return command, device_token


@routes.post(
    "/logins",
    access=public(reason=BEFORE_LOGIN),
    rate="login",
    body=schemas.StartLogin,
    answer=schemas.Login,
    status=201,
    prepare=_begin,
    errors=(BankIdUnavailable, LoginUnavailable),
    summary_sv="Börja logga in med BankID",
    summary_en="Begin to log in with BankID",
)
def start_login(tx: Tx, body: usecases.WantLogin, prepared: tuple[usecases.StartLogin, str]) -> Reply:
    """Start an order and bind it to this browser; an earlier one of the same browser is cancelled."""
    del body
    command, device_token = prepared
    view = usecases.start_login(tx, command)
    return Reply(
        view,
        headers={"Location": f"/api/identity/v1/logins/{view.login_id}"},
        cookies=[cookies.pre_login(command.pre_token), cookies.device(device_token)],
    )


def _ask(ctx: Context, login_id: UUID) -> tuple[Keys, usecases.FollowLogin]:
    pre_token = cookies.read(cookies.PRE_LOGIN)
    if pre_token is None:
        raise LoginNotFound
    with ctx.database.transaction() as tx:
        claim = usecases.claim_collect(tx, login_id, pre_token)
        renewable = claim is not None and claim.may_be_renewed(tx.now)
    outcome = orders.collect(ctx, claim, renewable=renewable) if claim is not None else None
    return ctx.extension("keys"), usecases.FollowLogin(
        login_id=login_id,
        pre_token=pre_token,
        launch_base=orders.settings_of(ctx).bankid_launch_url,
        claim=claim,
        outcome=outcome,
        session_token=cookies.read(cookies.SESSION),
        user_agent=request.headers.get("User-Agent", ""),
    )


def _follow(tx: Tx, prepared: tuple[Keys, usecases.FollowLogin]) -> Reply:
    followed = usecases.follow_login(tx, *prepared)
    if followed.session_token is None:
        return Reply(followed.view)
    return Reply(
        followed.view,
        cookies=[cookies.session(followed.session_token), cookies.remove(cookies.PRE_LOGIN)],
    )


def _poll(ctx: Context, login_id: UUID) -> Any:
    return _ask(ctx, login_id)


@routes.post(
    "/logins/<uuid:login_id>/polls",
    access=public(reason=BEFORE_LOGIN),
    answer=schemas.FollowedLogin,
    prepare=_poll,
    errors=(LoginNotFound,),
    summary_sv="Fråga hur inloggningen går",
    summary_en="Ask how the login goes",
)
def poll_login(tx: Tx, login_id: UUID, prepared: tuple[Keys, usecases.FollowLogin]) -> Reply:
    """Once a second. BankID is asked every other second; the QR frame is new each time."""
    del login_id
    return _follow(tx, prepared)


def _return(ctx: Context, login_id: UUID, body: dict[str, str]) -> Any:
    with ctx.database.transaction() as tx:
        usecases.note_return(tx, login_id, cookies.read(cookies.PRE_LOGIN), body["nonce"])
    return _ask(ctx, login_id)


@routes.post(
    "/logins/<uuid:login_id>/returns",
    access=public(reason=f"{BEFORE_LOGIN}; the nonce proves the return"),
    rate="login",
    body=schemas.ReturnFromApp,
    answer=schemas.FollowedLogin,
    prepare=_return,
    errors=(LoginNotFound,),
    summary_sv="Kom tillbaka från BankID-appen på samma enhet",
    summary_en="Come back from the BankID app on the same device",
)
def return_from_app(tx: Tx, login_id: UUID, body: dict[str, str], prepared: tuple[Keys, usecases.FollowLogin]) -> Reply:
    """Only the browser that began and holds the nonce gets the session; where BankID is not done yet, poll on."""
    del login_id, body
    return _follow(tx, prepared)


def _cancel(ctx: Context, login_id: UUID) -> None:
    with ctx.database.transaction() as tx:
        order_ref = usecases.cancel_login(tx, cookies.read(cookies.PRE_LOGIN), login_id)
    orders.cancel(ctx, order_ref)


@routes.delete(
    "/logins/<uuid:login_id>",
    access=public(reason=BEFORE_LOGIN),
    prepare=_cancel,
    errors=(LoginNotFound,),
    summary_sv="Avbryt inloggningen",
    summary_en="Cancel the login",
)
def cancel_login(tx: Tx, login_id: UUID, prepared: None) -> Reply:
    """Cancel here and in the app; one that has ended already is left as it is."""
    del tx, login_id, prepared
    return Reply(cookies=[cookies.remove(cookies.PRE_LOGIN)])
