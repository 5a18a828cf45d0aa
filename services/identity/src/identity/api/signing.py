"""Signatures with BankID that other services ask for. Calls to BankID are in ``prepare`` steps, as for logins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from chassis.activity import unlogged
from chassis.http import problems
from chassis.http.access import authenticated, internal
from chassis.http.routes import Context, Reply, Routes, handed
from chassis.ids import new_id, new_secret
from chassis.peers import WHO_ASKS
from chassis.transaction import Tx
from identity import schemas
from identity.api import cookies, orders
from identity.domain import logins as rules
from identity.domain.errors import (
    BankIdUnavailable,
    LoginUnavailable,
    PersonNotFound,
    SignAttemptsTooMany,
    SignatureRunning,
    SignOrderClosed,
    SignOrderDiffers,
    SignOrderNotFound,
)
from identity.domain.logins import Device
from identity.usecases import signing as usecases
from identity.usecases.keys import Keys
from identity.usecases.logins import StartLogin, cancel_login

routes = Routes("signing", "Signatures with BankID")

REQUESTERS = WHO_ASKS["identity"]


# ---- other services
@routes.post(
    "/internal/sign-orders",
    access=internal(*REQUESTERS),
    body=schemas.OrderSignature,
    answer=schemas.SignOrder,
    prepare=handed("keys"),
    errors=(PersonNotFound, SignOrderDiffers, SignOrderNotFound),
    summary_sv="Beställ en underskrift",
    summary_en="Order a signature",
)
def order_signature(tx: Tx, body: usecases.OrderSignature, prepared: Keys) -> Reply:
    """By one person, of one text and the hash of one document. What comes of it is told by event."""
    view, created = usecases.order_signature(tx, prepared, body)
    return Reply(view, status=201 if created else 200)


def _withdraw(ctx: Context, sign_order_id: UUID) -> None:
    with ctx.database.transaction(principal=ctx.principal) as tx:
        order_refs = usecases.withdraw(tx, sign_order_id)
    orders.cancel(ctx, *order_refs)


@routes.delete(
    "/internal/sign-orders/<uuid:sign_order_id>",
    access=internal(*REQUESTERS),
    prepare=_withdraw,
    errors=(SignOrderNotFound,),
    summary_sv="Dra tillbaka en beställd underskrift",
    summary_en="Withdraw an ordered signature",
)
def withdraw_sign_order(tx: Tx, sign_order_id: UUID, prepared: None) -> Reply:
    """Nobody can sign it any more; one that has ended is left as it is."""
    del tx, sign_order_id, prepared
    return Reply()


# ---- the person's browser
@routes.get(
    "/sign-orders/<uuid:sign_order_id>",
    access=authenticated(),
    answer=schemas.SignOrder,
    prepare=handed("keys"),
    errors=(SignOrderNotFound,),
    summary_sv="Visa vad som ska skrivas under",
    summary_en="Show what is to be signed",
)
def show_sign_order(tx: Tx, sign_order_id: UUID, prepared: Keys) -> usecases.SignOrderView:
    """The text as BankID will show it, and how it has gone."""
    return usecases.show(tx, prepared, sign_order_id)


def _begin(ctx: Context, sign_order_id: UUID, body: usecases.WantSignature) -> Any:
    keys: Keys = ctx.extension("keys")
    with ctx.database.transaction(principal=ctx.principal) as tx:
        task = usecases.begin(tx, keys, sign_order_id)
        earlier = cancel_login(tx, cookies.read(cookies.PRE_LOGIN))
    # Before the new one: BankID would abort both where the person has an order running (RFA4).
    orders.cancel(ctx, earlier)
    settings, device_token = orders.settings_of(ctx), orders.device_token()
    attempt_id = new_id()
    nonce = new_secret() if body.device == Device.SAME else None
    page = f"{settings.public_url}/skriv-under/retur"
    start = orders.start_of(
        ctx,
        attempt_id,
        visible_data=task.visible_data,
        return_url=nonce and rules.return_url(page, body.return_mode, order=str(sign_order_id), nonce=nonce),
        device_hash=orders.device_identifier(device_token),
        sign=task,
    )
    command = StartLogin(
        login_id=attempt_id,
        pre_token=new_secret(),
        nonce=nonce,
        order=orders.start(ctx, start),
        device=body.device,
        platform=rules.platform_of(request.headers.get("User-Agent", "")),
        locale=problems.locale(),
        visible_data="",
        return_path=None,
        start_address=start.end_user_ip,
        device_hash=start.device_identifier or "",
        launch_base=settings.bankid_launch_url,
    )
    return keys, command, device_token


@routes.post(
    "/sign-orders/<uuid:sign_order_id>/starts",
    access=authenticated(),
    rate="login",
    body=schemas.StartSignature,
    answer=schemas.FollowedSignature,
    status=200,
    prepare=_begin,
    errors=(
        SignOrderNotFound,
        SignOrderClosed,
        SignAttemptsTooMany,
        SignatureRunning,
        BankIdUnavailable,
        LoginUnavailable,
    ),
    activity=unlogged("the signature is told by the service that asked for it, when it is made"),
    summary_sv="Börja skriva under med BankID",
    summary_en="Begin to sign with BankID",
)
def start_signature(
    tx: Tx, sign_order_id: UUID, body: usecases.WantSignature, prepared: tuple[Keys, StartLogin, str]
) -> Reply:
    """Start an order that only this person's BankID can sign, bound to this browser; may be done again."""
    del body
    keys, command, device_token = prepared
    return Reply(
        usecases.start_attempt(tx, keys, sign_order_id, command),
        cookies=[cookies.pre_login(command.pre_token), cookies.device(device_token)],
    )


def _ask(ctx: Context, sign_order_id: UUID, nonce: str | None = None) -> Any:
    keys: Keys = ctx.extension("keys")
    pre_token = cookies.read(cookies.PRE_LOGIN)
    with ctx.database.transaction(principal=ctx.principal) as tx:
        attempt_id = usecases.attempt_of(tx, sign_order_id, pre_token)
        if nonce is not None:
            usecases.note_return(tx, sign_order_id, attempt_id, pre_token or "", nonce)
        claim = usecases.claim_collect(tx, sign_order_id, attempt_id, pre_token or "")
        task = usecases.task(tx, keys, sign_order_id) if claim is not None else None
        renewable = claim is not None and claim.may_be_renewed(tx.now)
    outcome = orders.collect(ctx, claim, renewable=renewable, sign=task) if claim is not None else None
    return keys, usecases.FollowAttempt(
        sign_order_id=sign_order_id,
        attempt_id=attempt_id,
        pre_token=pre_token or "",
        launch_base=orders.settings_of(ctx).bankid_launch_url,
        claim=claim,
        outcome=outcome,
    )


def _follow(tx: Tx, prepared: tuple[Keys, usecases.FollowAttempt]) -> Reply:
    view = usecases.follow(tx, *prepared)
    done = view.attempt.status == rules.LoginStatus.COMPLETE
    return Reply(view, cookies=[cookies.remove(cookies.PRE_LOGIN)] if done else [])


def _poll(ctx: Context, sign_order_id: UUID) -> Any:
    return _ask(ctx, sign_order_id)


@routes.post(
    "/sign-orders/<uuid:sign_order_id>/polls",
    access=authenticated(),
    answer=schemas.FollowedSignature,
    prepare=_poll,
    errors=(SignOrderNotFound,),
    activity=unlogged("asks how it goes, each second"),
    summary_sv="Fråga hur underskriften går",
    summary_en="Ask how the signature goes",
)
def poll_signature(tx: Tx, sign_order_id: UUID, prepared: tuple[Keys, usecases.FollowAttempt]) -> Reply:
    """Once a second, as for a login; ``order.status`` says whether the thing is signed."""
    del sign_order_id
    return _follow(tx, prepared)


def _return(ctx: Context, sign_order_id: UUID, body: dict[str, str]) -> Any:
    return _ask(ctx, sign_order_id, body["nonce"])


@routes.post(
    "/sign-orders/<uuid:sign_order_id>/returns",
    access=authenticated(),
    rate="login",
    body=schemas.ReturnFromApp,
    answer=schemas.FollowedSignature,
    prepare=_return,
    errors=(SignOrderNotFound,),
    activity=unlogged("a step of a signature, which is told when it is made"),
    summary_sv="Kom tillbaka från BankID-appen på samma enhet",
    summary_en="Come back from the BankID app on the same device",
)
def return_from_signing(
    tx: Tx, sign_order_id: UUID, body: dict[str, str], prepared: tuple[Keys, usecases.FollowAttempt]
) -> Reply:
    """Only the browser that began and holds the nonce completes it; where BankID is not done yet, poll on."""
    del sign_order_id, body
    return _follow(tx, prepared)


def _leave(ctx: Context, sign_order_id: UUID) -> None:
    with ctx.database.transaction(principal=ctx.principal) as tx:
        order_ref = usecases.leave(tx, sign_order_id, cookies.read(cookies.PRE_LOGIN))
    orders.cancel(ctx, order_ref)


@routes.delete(
    "/sign-orders/<uuid:sign_order_id>/starts",
    access=authenticated(),
    prepare=_leave,
    errors=(SignOrderNotFound,),
    activity=unlogged("stops an attempt; the order can be taken up again"),
    summary_sv="Avbryt det pågående försöket",
    summary_en="Cancel the attempt that is under way",
)
def leave_signature(tx: Tx, sign_order_id: UUID, prepared: None) -> Reply:
    """When the person leaves the page: cancelled here and in the app; the order can be taken up again."""
    del tx, sign_order_id, prepared
    return Reply(cookies=[cookies.remove(cookies.PRE_LOGIN)])


def _cancel(ctx: Context, sign_order_id: UUID) -> None:
    with ctx.database.transaction(principal=ctx.principal) as tx:
        order_refs = usecases.cancel(tx, sign_order_id)
    orders.cancel(ctx, *order_refs)


@routes.delete(
    "/sign-orders/<uuid:sign_order_id>",
    access=authenticated(),
    prepare=_cancel,
    errors=(SignOrderNotFound,),
    activity=("Avbröt en underskrift", "Cancelled a signature"),
    summary_sv="Avstå från att skriva under",
    summary_en="Decline to sign",
)
def cancel_sign_order(tx: Tx, sign_order_id: UUID, prepared: None) -> Reply:
    """For good: the service that asked is told. One that has ended is left as it is."""
    del tx, sign_order_id, prepared
    return Reply(cookies=[cookies.remove(cookies.PRE_LOGIN)])
