"""A person's data over all services: which accounts are his own, and org-registry's part (B-21, J10).

org-registry alone knows accounts, so every request passes through here: it says whose they are, does its own part, and
the other services do theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.privacy import (
    BOOKKEEPING_ACT,
    SECURITY_LOG,
    Both,
    Erased,
    Holding,
    Holdings,
    Kept,
    Objection,
    Privacy,
    Subject,
)
from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.data_requests import DataRequestKind, DataRequestScopedV1
from org_registry.domain.access import RemovalReason, local_date
from org_registry.store import privacy as store
from org_registry.store.places import streets_of
from org_registry.usecases import access_requests
from org_registry.usecases.memberships import end
from org_registry.usecases.naming import names_of, open_street
from org_registry.usecases.vault import NumberVault

log = logger(__name__)

LOG_KEPT = timedelta(days=36 * 365 // 12)
ACCOUNTS = Both(
    sv="Konton, kundnummer, avtalsnummer och gatuadresser",
    en="Accounts, customer numbers, agreement numbers and streets",
)
NAME = Both(sv="Ditt namn, krypterat", en="Your name, encrypted")
MEMBERSHIPS = Both(sv="Behörigheter, nuvarande och tidigare", en="Access rights, present and past")
COMPANIES = Both(sv="Kontroller av firmateckning", en="Checks of the right to sign for companies")
POWERS = Both(sv="Fullmakter", en="Powers of attorney")
REQUESTS = Both(sv="Dina förfrågningar om behörighet", en="Your requests for access")
SUPPORT = Both(sv="Kundservices visningar av ditt konto", en="Customer service's views of your account")
THIRTY_SIX_MONTHS = Both(sv="36 månader efter att de har upphört", en="36 months after their end")

HOLDINGS = Holdings(
    (
        Holding(
            what=ACCOUNTS,
            tables=("account", "customer", "agreement", "link_correction", "account_suspension"),
            kept_for=Both(
                sv="Så länge avtal eller fakturor finns; gatuadressen 36 månader efter avtalets slut; gatuadressen och"
                " kopplingen till dig längst tills du raderas",
                en="As long as agreements or invoices exist; the street for 36 months after the agreement's end; the"
                " street and the link to you until you are erased at the latest",
            ),
            why=Both(sv="För att kunna uppfylla avtalet", en="To perform the agreement"),
            file="accounts",
        ),
        Holding(
            what=MEMBERSHIPS,
            tables=("membership", "membership_review", "membership_review_answer"),
            kept_for=THIRTY_SIX_MONTHS,
            why=SECURITY_LOG,
            file="memberships",
        ),
        Holding(
            what=NAME,
            tables=("person_name",),
            kept_for=Both(sv="Tills du raderas", en="Until you are erased"),
            why=Both(
                sv="För att den som har ett konto ska se vem som har behörighet till det",
                en="So that whoever has an account sees who has access to it",
            ),
            file="name",
        ),
        Holding(
            what=COMPANIES,
            tables=("signatory_check", "signing_confirmation", "signatory_right", "company_attempt"),
            kept_for=Both(
                sv="Kontroller 36 månader; försök en timme; bekräftelser tills de löper ut; din rätt att teckna firman,"
                " med krypterat personnummer, så länge du har den",
                en="Checks for 36 months; tries for an hour; confirmations until they lapse; your right to sign, with"
                " your encrypted personal identity number, as long as you have it",
            ),
            why=SECURITY_LOG,
            file="companies",
        ),
        Holding(
            what=POWERS,
            tables=("power_of_attorney", "power_document", "power_step", "power_upload"),
            kept_for=Both(
                sv="36 månader efter att de har upphört; handlingen till en avslagen i 180 dagar",
                en="36 months after their end; the document of a rejected one for 180 days",
            ),
            why=SECURITY_LOG,
            file="powers-of-attorney",
        ),
        Holding(
            what=REQUESTS,
            tables=("access_request",),
            kept_for=Both(
                sv="30 dagar om ingen svarar, sedan 90 dagar; namn och meddelande, krypterade, tills de är avslutade",
                en="30 days if nobody answers, then 90 days; name and message, encrypted, until they have ended",
            ),
            why=Both(
                sv="För att den som har kontot ska kunna svara dig",
                en="So that whoever has the account can answer you",
            ),
            file="access-requests",
        ),
        Holding(
            what=SUPPORT,
            tables=("support_access", "support_view"),
            kept_for=THIRTY_SIX_MONTHS,
            why=SECURITY_LOG,
            file="support-accesses",
        ),
    ),
    impersonal={
        "organisation": "numbers of companies, sealed",
        "delegation_refusal": "an invitation's id and why nothing came of it",
        "activity_anchor": "hashes of the activity log",
        "company_attempt_network": "tries by the hour, by network and not by person",
    },
)
"""What is kept of people, for the export, the erasure and the table of retention."""


@dataclass(frozen=True, kw_only=True)
class ScopeDataRequest:
    """Somebody wants the own data, or wants it erased."""

    request_id: UUID
    kind: DataRequestKind
    person_id: UUID


def scope_data_request(tx: Tx, own: Privacy, cmd: ScopeDataRequest) -> None:
    """Tell every service whose accounts it is about, and answer for org-registry (``own``).

    Where rights end, that is told before the others are asked to erase, so that they hear it in this order.
    """
    subject = Subject(
        request_id=cmd.request_id,
        person_id=cmd.person_id,
        account_ids=tuple(store.own_accounts(tx, cmd.person_id)),
    )
    own.answer(tx, subject, cmd.kind)
    tx.emit(
        DataRequestScopedV1(
            request_id=cmd.request_id,
            kind=cmd.kind,
            person_id=cmd.person_id,
            account_ids=subject.account_ids,
        ),
        aggregate_id=cmd.request_id,
        version=1,
    )


def make_privacy(vault: NumberVault) -> Privacy:
    """org-registry's part; a function, because what is exported must be opened with the keys."""

    def export_person(tx: Tx, subject: Subject) -> dict[str, Any]:
        """The own accounts and rights; other people who take part are left out or told without name."""
        found = store.exported(tx, subject.person_id, subject.account_ids)
        streets = {
            (row.customer_number, row.agreement_number): open_street(
                vault, row.customer_number, row.agreement_number, row.street_sealed
            )
            for row in streets_of(tx, subject.person_id, subject.account_ids)
        }
        for row in found["accounts"]["agreements"]:
            row["street"] = streets.get((row["customer_number"], row["agreement_number"]))
        found["access-requests"] = {"my_requests": access_requests.exported(tx, vault, subject.person_id)}
        found["name"] = {"name": names_of(tx, vault, [subject.person_id]).get(subject.person_id)}
        return found

    return Privacy(HOLDINGS, export=export_person, erase=erase_person, check=check_erasure)


def check_erasure(tx: Tx, subject: Subject) -> list[Objection]:
    """Who has an agreement in force stays known, and so does the last one who answers for a company."""
    found = []
    if store.has_active_agreement(tx, subject.account_ids):
        found.append(
            Objection(
                code="active-agreement",
                text=Both(
                    sv="Du har ett avtal som gäller. Säg upp det först; när det har upphört kan du raderas.",
                    en="You have an agreement in force. Terminate it first; when it has ended you can be erased.",
                ),
            )
        )
    if store.is_last_signatory(tx, subject.person_id):
        found.append(
            Objection(
                code="last-signatory",
                text=Both(
                    sv="Du är ensam firmatecknare för ett företagskonto. Låt en annan firmatecknare logga in först.",
                    en="You are the only signatory of a company account. Let another signatory log in first.",
                ),
            )
        )
    return found


def erase_person(tx: Tx, subject: Subject) -> Erased:
    """End every right that the person has or has given, and remove the person from customer numbers."""
    ended = store.to_end(tx, subject.person_id, subject.account_ids)
    for membership in ended:
        own = membership.account_id in subject.account_ids
        end(tx, membership, RemovalReason.ACCOUNT_CLOSED if own else RemovalReason.LEFT, by=subject.person_id)
    gone = store.forget(tx, subject.person_id, subject.account_ids)
    erased = []
    if gone["streets"]:
        erased.append(Both(sv="Gatuadresser", en="Streets"))
    if gone["names"]:
        erased.append(Both(sv="Ditt namn", en="Your name"))
    if ended:
        erased.append(Both(sv="Dina behörigheter har avslutats", en="Your access rights have been ended"))
    if gone["customers"]:
        erased.append(Both(sv="Kopplingen mellan dig och ditt kundnummer", en="The link between you and your number"))
    if gone["confirmations"]:
        erased.append(Both(sv="Bekräftelser för företag", en="Confirmations for companies"))
    if gone["requests"]:
        erased.append(REQUESTS)
    if gone["powers"]:
        erased.append(Both(sv="Fullmakter som inte har använts", en="Powers of attorney that were not used"))
    left = store.kept(tx, subject.person_id, subject.account_ids)
    kept = []
    until = local_date(tx.now + LOG_KEPT)
    if left["log"]:
        kept.append(Kept(what=MEMBERSHIPS, why=SECURITY_LOG, until=until))
    if left["powers"]:
        kept.append(Kept(what=POWERS, why=SECURITY_LOG, until=until))
    if left["accounts"]:
        kept.append(Kept(what=ACCOUNTS, why=BOOKKEEPING_ACT))
    return Erased(erased=tuple(erased), kept=tuple(kept))


def forget_old(tx: Tx) -> int:
    """Delete what is logged of rights that ended 36 months ago; returns how many rows."""
    count = store.forget_old(tx, LOG_KEPT)
    log.info("old-rights-forgotten", rows=count)
    return count
