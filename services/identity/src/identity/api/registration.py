"""Terms, registration and the own data."""

from __future__ import annotations

from chassis.http.access import authenticated, public
from chassis.http.routes import Reply, Routes, handed
from chassis.transaction import Tx
from identity import schemas
from identity.domain.errors import PersonNotFound, RegistrationExists, TermsOutdated
from identity.usecases import persons as usecases
from identity.usecases.contacts import change_locale
from identity.usecases.keys import Keys

routes = Routes("persons", "Terms, registration and the own data")


@routes.get(
    "/terms",
    access=public(reason="The terms can be read before anything is accepted (T16)"),
    answer=schemas.Terms,
    summary_sv="Läs villkoren",
    summary_en="Read the terms",
)
def show_terms(tx: Tx) -> dict[str, str]:
    """The terms in force, in the language asked for."""
    terms = usecases.current_terms(tx)
    return {"version": terms.version, "text": terms.text_en if tx.locale == "en" else terms.text_sv}


@routes.post(
    "/registrations",
    access=authenticated(),
    activity=("Registrerade sig", "Registered"),
    body=schemas.Registration,
    answer=schemas.Registered,
    status=201,
    idempotent=True,
    prepare=handed("keys"),
    errors=(TermsOutdated, RegistrationExists, PersonNotFound),
    summary_sv="Bekräfta registreringen",
    summary_en="Confirm the registration",
)
def register(tx: Tx, body: usecases.Register, prepared: Keys) -> Reply:
    """The question of the first login (T14-T16)."""
    return Reply(usecases.register(tx, prepared, body), headers={"Location": "/api/identity/v1/me"})


@routes.get(
    "/me",
    access=authenticated(),
    answer=schemas.Me,
    prepare=handed("keys"),
    errors=(PersonNotFound,),
    summary_sv="Visa mina uppgifter",
    summary_en="Show my details",
)
def show_me(tx: Tx, prepared: Keys) -> usecases.Me:
    """The own data; the personal number masked."""
    return usecases.show_me(tx, prepared)


@routes.get(
    "/prefill",
    access=authenticated(),
    answer=schemas.Prefill,
    prepare=handed("keys"),
    errors=(PersonNotFound,),
    summary_sv="Mina uppgifter att fylla i formulär med",
    summary_en="My details to fill in forms with",
)
def show_prefill(tx: Tx, prepared: Keys) -> usecases.Prefill:
    """Name and contact of the person who is logged in, whatever account is acted for (S6, J4)."""
    return usecases.prefill(tx, prepared)


@routes.patch(
    "/me",
    access=authenticated(),
    activity=("Bytte språk", "Changed language"),
    body=schemas.ChangeMe,
    answer=schemas.Me,
    prepare=handed("keys"),
    errors=(PersonNotFound,),
    summary_sv="Välj språk",
    summary_en="Choose the language",
)
def change_me(tx: Tx, body: dict[str, str], prepared: Keys) -> usecases.Me:
    """The language of pages and notices. Addresses are changed with a code, the name by BankID alone."""
    change_locale(tx, prepared, body["locale"])
    return usecases.show_me(tx, prepared)
