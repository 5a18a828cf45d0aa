"""What org-registry listens to."""

from __future__ import annotations

from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.batch_billing import AgreementEndedV1, AgreementStartedV1, OrganisationRegisteredV1
from contracts.identity import CustomerIdentifiedV1
from contracts.invitations import InvitationApprovedV1
from org_registry.usecases import customers, memberships
from org_registry.usecases.vault import NumberVault


def customer_identified(tx: Tx, event: CustomerIdentifiedV1, meta: Meta) -> None:
    """Identity knows who a customer is."""
    customers.identify_customer(
        tx,
        customers.IdentifyCustomer(
            customer_number=event.customer_number,
            person_id=event.person_id,
            protected_identity=event.protected_identity,
            version=meta.version,
        ),
    )


def agreement_started(tx: Tx, event: AgreementStartedV1, meta: Meta) -> None:
    """Whoever stands on the agreement gets access (T6)."""
    customers.start_agreement(
        tx,
        customers.StartAgreement(
            agreement_number=event.agreement_number,
            customer_number=event.customer_number,
            service_area=event.service_area.value,
            starts_on=event.starts_on,
            version=meta.version,
        ),
    )


def agreement_ended(tx: Tx, event: AgreementEndedV1, meta: Meta) -> None:
    """An agreement ends."""
    customers.end_agreement(
        tx,
        customers.EndAgreement(
            agreement_number=event.agreement_number,
            customer_number=event.customer_number,
            ends_on=event.ends_on,
            version=meta.version,
        ),
    )


def invitation_approved(tx: Tx, event: InvitationApprovedV1, _meta: Meta) -> None:
    """Somebody has been approved; whether it may be granted is decided here (D22, C6)."""
    memberships.grant_delegation(
        tx,
        memberships.GrantDelegation(
            invitation_id=event.invitation_id,
            account_id=event.account_id,
            inviter_id=event.inviter_id,
            approver_id=event.approver_id,
            acceptor_id=event.acceptor_id,
            read_only=event.read_only,
            services=tuple(sorted(set(event.services))) or None,
            ends_on=event.ends_on,
        ),
    )


def subscriptions(vault: NumberVault) -> Subscriptions:
    """The table; a function, because organisation numbers are protected before they reach a use case."""

    def organisation_registered(tx: Tx, event: OrganisationRegisteredV1, meta: Meta) -> None:
        """A customer is an organisation."""
        customers.register_organisation(
            tx,
            customers.RegisterOrganisation(
                customer_number=event.customer_number,
                number=vault.protect(event.organisation_number),
                version=meta.version,
            ),
        )

    # None is ordered by the inbox: each fact keeps its own version, so a late one is still learnt from.
    return Subscriptions(
        on(CustomerIdentifiedV1, customer_identified),
        on(AgreementStartedV1, agreement_started),
        on(AgreementEndedV1, agreement_ended),
        on(OrganisationRegisteredV1, organisation_registered),
        on(InvitationApprovedV1, invitation_approved),
        service="org-registry",
    )
