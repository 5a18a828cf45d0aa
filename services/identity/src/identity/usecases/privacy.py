"""identity's own part of an export or an erasure (B-21, J10)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from chassis.privacy import SECURITY_LOG, Both, Erased, Holding, Holdings, Kept, Objection, Privacy, Subject
from chassis.telemetry import logger
from chassis.transaction import Tx
from chassis.vault import CannotOpen
from identity.domain.history import KEPT_MONTHS
from identity.store import data_requests, persons
from identity.store import privacy as store
from identity.usecases.contacts import place
from identity.usecases.keys import Keys
from identity.usecases.register_entries import place as register_place
from identity.usecases.signing import text_place

log = logger(__name__)

PERSON = Both(
    sv="Namn, personnummer, kontaktuppgifter och kundnummer",
    en="Name, personal identity number, contact details and customer numbers",
)
TERMS = Both(sv="Villkor som du har godkänt", en="Terms that you have accepted")
LOGINS = Both(sv="Inloggningar", en="Logins")
SESSIONS = Both(sv="Sessioner och enheter", en="Sessions and devices")
ATTEMPTS = Both(sv="Legitimeringar det senaste dygnet", en="Identifications of the last day")
EVIDENCE = Both(sv="Bevis från BankID", en="Evidence from BankID")
REGISTER = Both(sv="Uppgifter från folkbokföringen", en="Details from the population register")
CHANGES = Both(sv="Byten av kontaktuppgifter", en="Changes of contact details")
SIGNATURES = Both(sv="Underskrifter", en="Signatures")
BINDINGS = Both(sv="Inbjudningar bundna till ett personnummer", en="Invitations bound to a personal identity number")
STAFF = Both(sv="När kundservice har slagit upp dig", en="When customer service has looked you up")
REQUESTS = Both(sv="Beställningar av dina uppgifter och av radering", en="Requests for your data and for erasure")
AS_LONG_AS_YOU = Both(sv="Tills du raderas", en="Until you are erased")
TO_KNOW_YOU = Both(sv="För att veta vem du är och kunna nå dig", en="To know who you are and be able to reach you")
ONE_DAY = Both(sv="Ett dygn", en="One day")
LOG_KEPT = timedelta(days=3 * 365)
THIRTY_SIX_MONTHS = Both(sv="36 månader", en="36 months")

HOLDINGS = Holdings(
    (
        Holding(what=PERSON, tables=("person", "customer"), kept_for=AS_LONG_AS_YOU, why=TO_KNOW_YOU, file="person"),
        Holding(
            what=TERMS,
            tables=("terms_acceptance",),
            kept_for=AS_LONG_AS_YOU,
            why=Both(sv="För att visa vad som gäller mellan oss", en="To show what applies between us"),
            file="terms",
        ),
        Holding(what=LOGINS, tables=("login_record",), kept_for=THIRTY_SIX_MONTHS, why=SECURITY_LOG, file="logins"),
        Holding(
            what=SESSIONS,
            tables=("session",),
            kept_for=Both(sv="30 dagar efter att de har avslutats", en="30 days after their end"),
            why=Both(
                sv="För att du ska se var du är och har varit inloggad",
                en="So that you see where you are and have been logged in",
            ),
            file="sessions",
        ),
        Holding(
            what=ATTEMPTS,
            tables=("login", "oidc_login"),
            kept_for=ONE_DAY,
            why=Both(sv="För att kunna logga in dig", en="To log you in"),
            file="identifications",
        ),
        Holding(
            what=EVIDENCE,
            tables=("evidence",),
            kept_for=AS_LONG_AS_YOU,
            why=Both(
                sv="För att kunna visa att det var du som legitimerade dig eller skrev under",
                en="To show that it was you who identified yourself or signed",
            ),
            file="evidence",
        ),
        Holding(
            what=CHANGES,
            tables=("contact_change",),
            kept_for=ONE_DAY,
            why=Both(sv="För att bekräfta att adressen är din", en="To confirm that the address is yours"),
            file="contact-changes",
        ),
        Holding(
            what=REGISTER,
            tables=("population_register",),
            kept_for=Both(
                sv="Tills de förnyas, högst var 30:e dag när du loggar in; 13 månader efter den senaste frågan",
                en="Until they are renewed, at most every 30 days when you log in; 13 months after the last question",
            ),
            why=Both(
                sv="För att veta ditt namn och din adress, och om dina uppgifter är skyddade",
                en="To know your name and address, and whether your identity is protected",
            ),
            file="population-register",
        ),
        Holding(
            what=SIGNATURES,
            tables=("sign_order",),
            kept_for=AS_LONG_AS_YOU,
            why=Both(sv="För att visa vad du har skrivit under", en="To show what you have signed"),
            file="signatures",
        ),
        Holding(
            what=BINDINGS,
            tables=("person_binding",),
            kept_for=Both(sv="120 dagar efter det senaste mejlet", en="120 days after the last mail"),
            why=Both(
                sv="För att bara den som avses ska kunna acceptera en inbjudan",
                en="So that nobody but the person who is meant can accept an invitation",
            ),
            file="person-bindings",
        ),
        Holding(
            what=STAFF, tables=("staff_access",), kept_for=THIRTY_SIX_MONTHS, why=SECURITY_LOG, file="staff-access"
        ),
        Holding(
            what=REQUESTS,
            tables=("data_request", "data_answer", "data_part", "data_file"),
            kept_for=Both(
                sv="Filen sju dagar, beställningen ett år, kvitto på radering tre år",
                en="The file for seven days, the request for a year, the receipt of an erasure for three years",
            ),
            why=Both(
                sv="För att kunna visa att vi har svarat (dataskyddsförordningen artikel 12.3)",
                en="To show that we have answered (GDPR article 12.3)",
            ),
            file="data-requests",
        ),
    ),
    impersonal={"terms": "the texts of the terms"},
)
"""What is kept of people, for the export, the erasure and the table of retention."""


def make_privacy(keys: Keys) -> Privacy:
    """Identity's part; a function, because what is exported must be opened with the keys."""

    def export_person(tx: Tx, subject: Subject) -> dict[str, Any]:
        person_id = subject.person_id
        row = store.person_of(tx, person_id)
        for column in ("personal_number", "email", "phone"):
            row[column] = _open(keys, row.pop(f"{column}_sealed", None), place(column, person_id))
        return {
            "person": {"person": row, "customers": store.customers(tx, person_id)},
            "terms": store.terms(tx, person_id),
            "logins": store.login_records(tx, person_id),
            "sessions": store.sessions(tx, person_id),
            "identifications": {
                "bankid": store.attempts(tx, person_id),
                "other_e_id": store.other_attempts(tx, person_id),
            },
            "evidence": [_evidence(keys, one) for one in store.evidences(tx, person_id)],
            "contact-changes": [
                _opened(keys, one, "address", f"contact_change.address:{one['id']}")
                for one in store.contact_changes(tx, person_id)
            ],
            "population-register": [
                _opened(keys, one, "answer", register_place(person_id)) for one in store.register_entries(tx, person_id)
            ],
            "signatures": [
                _opened(keys, one, "text", text_place(one["id"])) for one in store.signatures(tx, person_id)
            ],
            "person-bindings": store.bindings(tx, person_id),
            "staff-access": [
                _opened(keys, one, "reason", f"staff_access.reason:{one['id']}")
                for one in store.staff_accesses(tx, person_id)
            ],
            "data-requests": data_requests.of_person(tx, person_id),
        }

    return Privacy(HOLDINGS, export=export_person, erase=erase_person, check=check_erasure)


def check_erasure(tx: Tx, subject: Subject) -> list[Objection]:
    """Whoever works here stays known: while the work lasts, and as long as the log must tell who looked people up."""
    person = persons.get(tx, subject.person_id)
    found = []
    if person is not None and person.staff:
        found.append(
            Objection(
                code="staff",
                text=Both(
                    sv="Du har behörighet som medarbetare. Be den som har gett den att ta bort den först.",
                    en="You have access as staff. Ask whoever gave it to take it away first.",
                ),
            )
        )
    if store.has_looked_up(tx, subject.person_id):
        found.append(
            Objection(
                code="staff-log",
                text=Both(
                    sv="Du har slagit upp personer som medarbetare. Vem som gjorde det ska kunna utredas i 36 månader.",
                    en="You have looked people up as staff. Who did must be traceable for 36 months.",
                ),
            )
        )
    return found


def erase_person(tx: Tx, subject: Subject) -> Erased:
    """Delete the person: from this commit nobody is behind the opaque id, and every session is dead."""
    logged = store.forget(tx, subject.person_id, subject.request_id)
    erased = (PERSON, TERMS, LOGINS, SESSIONS, ATTEMPTS, EVIDENCE, CHANGES, REGISTER, SIGNATURES, BINDINGS)
    return Erased(
        erased=(*erased, Both(sv="Filer med dina uppgifter", en="Files with your data")),
        kept=(Kept(what=STAFF, why=SECURITY_LOG, until=(tx.now + LOG_KEPT).date()),) if logged else (),
    )


def forget_staff_access(tx: Tx) -> int:
    """Delete staff's log of more than 36 months ago; returns how many."""
    return store.forget_staff_access(tx, KEPT_MONTHS)


def _open(keys: Keys, sealed: bytes | None, where: str) -> str | None:
    if sealed is None:
        return None
    try:
        return keys.vault.open(bytes(sealed), place=where)
    except CannotOpen:
        # A key that is gone: the rest is still the person's right.
        log.error("cannot-open-for-export", place=where.partition(":")[0])  # noqa: TRY400
        return None


def _opened(keys: Keys, row: dict[str, Any], column: str, where: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != f"{column}_sealed"} | {
        column: _open(keys, row.get(f"{column}_sealed"), where)
    }


def _evidence(keys: Keys, row: dict[str, Any]) -> dict[str, Any]:
    text = _open(keys, row.pop("sealed"), f"evidence:{row['id']}")
    return row | {"content": json.loads(text) if text else None}
