"""Creating a company account: the person's number is unsealed in memory, the register asked, then the transaction."""

from __future__ import annotations

import re
from typing import cast
from uuid import UUID

from flask import request

from chassis.errors import Unavailable
from chassis.http.access import authenticated
from chassis.http.routes import Context, Reply, Routes
from chassis.sealing import CannotUnseal, Unsealer
from chassis.transaction import Tx
from org_registry import schemas
from org_registry.api.bolagsverket_client import RegisterClient
from org_registry.domain.errors import NotSignatory, RegisterUnavailable, TooManyCompanyAttempts
from org_registry.domain.register import decide
from org_registry.settings import Settings
from org_registry.usecases import companies
from org_registry.usecases.vault import NumberVault

HEADER = "X-Sealed-Personal-Number"
PERSONAL_NUMBER = re.compile(r"[0-9]{12}", re.ASCII)
CREATED, ACCEPTED = 201, 202

routes = Routes("company-accounts", "A company's account, created by its signatory")


class PersonalNumberMissing(Exception):
    """The gateway did not send the number, or it was sealed for somebody else: our fault, never the person's (500)."""


def _personal_number(ctx: Context) -> str:
    unsealer: Unsealer = ctx.extension("unsealer")
    try:
        opened = unsealer.unseal(request.headers.get(HEADER, ""))
    except CannotUnseal as error:
        raise PersonalNumberMissing from error
    number, person_id = opened.get("personal_number"), opened.get("person_id")
    if not isinstance(number, str) or not PERSONAL_NUMBER.fullmatch(number):
        raise PersonalNumberMissing
    if person_id is not None and (ctx.principal is None or person_id != str(ctx.principal.person_id)):
        raise PersonalNumberMissing
    return number


def _person_id(ctx: Context) -> UUID:
    if ctx.principal is None or ctx.principal.person_id is None:
        raise PersonalNumberMissing
    return ctx.principal.person_id


def ask_register(ctx: Context, body: companies.CreateCompanyAccount) -> companies.OpenCompanyAccount:
    """Count the try, ask Bolagsverket, keep the evidence. Nothing here differs between customers and others (C30)."""
    personal_number = _personal_number(ctx)
    register: RegisterClient = ctx.extension("register")
    vault: NumberVault = ctx.extension("vault")
    settings = cast("Settings", ctx.settings)
    with ctx.database.transaction(principal=ctx.principal) as tx:
        companies.count_try(tx, vault.network(ctx.client_ip), tries_of_network=settings.company_tries_per_network)
    answer = register.ask(personal_number, body.organisation_number)
    decision = decide(answer, allow_day_to_day=settings.allow_day_to_day_signatory)
    number = vault.protect(body.organisation_number)
    with ctx.database.transaction(principal=ctx.principal) as tx:
        companies.keep_evidence(tx, number=number, request_id=answer.request_id, decision=decision)
    return companies.OpenCompanyAccount(
        number=number,
        outcome=decision.outcome,
        name=decision.name,
        number_sealed=vault.seal_person(number.index, _person_id(ctx), personal_number),
        combinations={vault.combination(number.index, people): len(people) for people in decision.combinations},
    )


@routes.post(
    "/company-accounts",
    access=authenticated(claims=("sealed_pnr",)),
    activity=("Skapade eller bekräftade ett företagskonto", "Created or confirmed a company account"),
    body=schemas.CompanyAccountRequest,
    answer=schemas.CompanyAccount,
    status=CREATED,
    idempotent=True,
    prepare=ask_register,
    rate="company",
    errors=(NotSignatory, RegisterUnavailable, TooManyCompanyAttempts, Unavailable),
    summary_sv="Skapa företagskonto",
    summary_en="Create a company account",
)
def create_company_account(
    tx: Tx,
    *,
    body: companies.CreateCompanyAccount,  # noqa: ARG001 - the register has been asked about it
    prepared: companies.OpenCompanyAccount,
) -> Reply:
    """201 opened (T28), 202 waiting for the co-signatory (D10), 403 not a signatory (T31), 503 register away (D11)."""
    made = companies.open_company_account(tx, prepared)
    return Reply(made, status=CREATED if made.account_id else ACCEPTED)
