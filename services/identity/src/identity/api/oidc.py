"""Which e-IDs there are, and logging in with the second one over OpenID Connect (A4)."""

from __future__ import annotations

from typing import Any

from flask import request

from chassis.http import problems
from chassis.http.access import public
from chassis.http.routes import Context, Reply, Routes
from chassis.ids import new_id, new_secret
from chassis.transaction import Tx
from identity import schemas
from identity.api import cookies, orders
from identity.api.logins import BEFORE_LOGIN
from identity.api.oidc_provider import OidcFault, OidcProvider
from identity.domain import oidc as rules
from identity.domain.errors import EidUnavailable, LoginMethodMissing, LoginNotFound
from identity.domain.oidc import Secrets
from identity.usecases import oidc as usecases
from identity.usecases.keys import Keys
from identity.usecases.logins import cancel_login

routes = Routes("oidc", "Which e-IDs there are, and login with another one than BankID")


def _provider(ctx: Context) -> OidcProvider:
    provider: OidcProvider | None = ctx.extension("oidc")
    if provider is None:
        raise LoginMethodMissing
    return provider


def _methods(ctx: Context) -> list[dict[str, Any]]:
    settings, english = orders.settings_of(ctx), problems.locale() == "en"
    methods = [{"id": rules.BANKID, "name": "BankID", "default": True}]
    if settings.oidc_issuer:
        name = settings.oidc_name_en if english else settings.oidc_name_sv
        methods.append({"id": rules.OIDC, "name": name, "default": False})
    return methods


@routes.get(
    "/login-methods",
    access=public(reason="Asked by the login page, before anybody is logged in"),
    answer=schemas.LoginMethods,
    prepare=_methods,
    summary_sv="Vilka e-legitimationer går att logga in med?",
    summary_en="Which e-IDs can be used to log in?",
)
def list_login_methods(tx: Tx, prepared: list[dict[str, Any]]) -> dict[str, Any]:
    """BankID first; a second one where the installation has it."""
    del tx
    return {"items": prepared}


def _begin(ctx: Context, body: usecases.WantOidcLogin) -> Any:
    provider = _provider(ctx)
    with ctx.database.transaction() as tx:
        earlier = cancel_login(tx, cookies.read(cookies.PRE_LOGIN))
        usecases.cancel(tx, cookies.read(cookies.PRE_LOGIN))
    orders.cancel(ctx, earlier)
    login_id, device_token = new_id(), orders.device_token()
    secrets = Secrets.new(login_id)
    try:
        address = provider.authorization_url(secrets, problems.locale())
    except OidcFault as fault:
        raise EidUnavailable from fault
    command = usecases.StartOidcLogin(
        login_id=login_id,
        pre_token=new_secret(),
        secrets=secrets,
        authorization_url=address,
        return_path=body.return_path,
        device_hash=orders.device_identifier(device_token),
    )
    return ctx.extension("keys"), command, device_token


@routes.post(
    "/oidc-logins",
    access=public(reason=BEFORE_LOGIN),
    rate="login",
    body=schemas.StartOidcLogin,
    answer=schemas.StartedOidcLogin,
    status=201,
    prepare=_begin,
    errors=(LoginMethodMissing, EidUnavailable),
    summary_sv="Börja logga in med en annan e-legitimation",
    summary_en="Begin to log in with another e-ID",
)
def start_oidc_login(
    tx: Tx, body: usecases.WantOidcLogin, prepared: tuple[Keys, usecases.StartOidcLogin, str]
) -> Reply:
    """Go to ``authorization_url``; the provider sends the browser back to /logga-in/e-legitimation."""
    del body
    keys, command, device_token = prepared
    return Reply(
        usecases.start(tx, keys, command),
        cookies=[cookies.pre_login(command.pre_token), cookies.device(device_token)],
    )


def _return(ctx: Context, body: usecases.ReturnFromProvider) -> Any:
    provider, keys = _provider(ctx), ctx.extension("keys")
    with ctx.database.transaction() as tx:
        spent = usecases.spend(tx, keys, body.state, cookies.read(cookies.PRE_LOGIN))
    outcome = provider.identify(spent.secrets, code=body.code, error=body.error, issuer=body.iss)
    return keys, spent.login, outcome


@routes.post(
    "/oidc-returns",
    access=public(reason=f"{BEFORE_LOGIN}; the state proves the return"),
    rate="login",
    body=schemas.ReturnFromProvider,
    answer=schemas.FollowedOidcLogin,
    prepare=_return,
    errors=(LoginMethodMissing, LoginNotFound),
    summary_sv="Kom tillbaka från den andra e-legitimationen",
    summary_en="Come back from the other e-ID",
)
def return_from_provider(tx: Tx, body: usecases.ReturnFromProvider, prepared: Any) -> Reply:
    """Send what stands in the address: state, and code or error. Once, in the browser that began."""
    del body
    keys, login, outcome = prepared
    done = usecases.finish(
        tx,
        keys,
        login,
        outcome,
        session_token=cookies.read(cookies.SESSION),
        agent=request.headers.get("User-Agent", ""),
    )
    gone = cookies.remove(cookies.PRE_LOGIN)
    return Reply(
        done.view, cookies=[gone] if done.session_token is None else [cookies.session(done.session_token), gone]
    )
