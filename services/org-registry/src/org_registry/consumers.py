"""What org-registry listens to."""

from __future__ import annotations

from chassis.sealing import CannotUnseal, Unsealer
from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.activity import ChainAnchoredV1
from contracts.batch_billing import AgreementEndedV1, AgreementStartedV1, OrganisationRegisteredV1
from contracts.identity import CustomerIdentifiedV1, DataRequestOpenedV1, PersonNamedV1
from contracts.invitations import InvitationApprovedV1
from org_registry.usecases import anchors, customers, delegation, naming, privacy
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
    delegation.grant_delegation(
        tx,
        delegation.GrantDelegation(
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


def chain_anchored(tx: Tx, event: ChainAnchoredV1, _meta: Meta) -> None:
    """The activity log tells where its chains stand."""
    anchors.keep_anchors(
        tx,
        [anchors.Anchor(chain_id=head.chain_id, seq=head.seq, hash=bytes.fromhex(head.hash)) for head in event.heads],
    )


def subscriptions(vault: NumberVault, unsealer: Unsealer) -> Subscriptions:
    """The table; a function, because numbers, streets and names are protected before they reach a use case."""
    own = privacy.make_privacy(vault)

    def data_request_opened(tx: Tx, event: DataRequestOpenedV1, _meta: Meta) -> None:
        """Somebody wants the own data, or wants it erased: say which accounts are his (B-21)."""
        privacy.scope_data_request(
            tx,
            own,
            privacy.ScopeDataRequest(request_id=event.request_id, kind=event.kind, person_id=event.person_id),
        )

    def agreement_started(tx: Tx, event: AgreementStartedV1, meta: Meta) -> None:
        """Whoever stands on the agreement gets access (T6)."""
        street = vault.seal_street(event.customer_number, event.agreement_number, event.address.street)
        customers.start_agreement(
            tx,
            customers.StartAgreement(
                agreement_number=event.agreement_number,
                customer_number=event.customer_number,
                service_area=event.service_area.value,
                starts_on=event.starts_on,
                version=meta.version,
                street_sealed=street,
            ),
        )

    def person_named(tx: Tx, event: PersonNamedV1, meta: Meta) -> None:
        """What a person is called; raises ``CannotUnseal`` where it was sealed for another, or for another person."""
        sealed = None
        if event.sealed_for_org_registry is not None:
            opened = unsealer.unseal(event.sealed_for_org_registry)
            if opened.get("person_id") != str(event.person_id):
                message = "the name is another person's"
                raise CannotUnseal(message)
            sealed = vault.seal_name(event.person_id, opened["name"])
        naming.name_person(
            tx,
            naming.NamePerson(
                person_id=event.person_id,
                name_sealed=sealed,
                protected_identity=event.protected_identity,
                version=meta.version,
            ),
        )

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
        on(DataRequestOpenedV1, data_request_opened),
        on(AgreementStartedV1, agreement_started),
        on(AgreementEndedV1, agreement_ended),
        on(OrganisationRegisteredV1, organisation_registered),
        on(InvitationApprovedV1, invitation_approved),
        on(ChainAnchoredV1, chain_anchored),
        on(PersonNamedV1, person_named),
        service="org-registry",
    )
