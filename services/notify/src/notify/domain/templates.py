"""What there is to tell. The words are in ``templates/``; here is what each notice is about and where its link leads.

No notice has parameters but the one code that confirms an address: a title and a link cannot hold an amount, a name or
a number (D26).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a person chooses channels for."""

    name: str
    sv: str
    en: str
    mandatory: bool = False
    """E-mail cannot be switched off: it protects the person (D26)."""
    email: bool = True
    """The choice of somebody who has made none."""
    sms: bool = False


SUBJECTS = {
    subject.name: subject
    for subject in (
        Subject(name="access", sv="Behörigheter och inbjudningar", en="Access and invitations", mandatory=True),
        Subject(name="registration", sv="Din registrering", en="Your registration", mandatory=True),
        Subject(name="invoices", sv="Nya fakturor", en="New invoices"),
        Subject(name="payments", sv="Mottagna betalningar", en="Payments received", email=False),
        Subject(name="readings", sv="Mätaravläsningar", en="Meter readings"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One kind of notice."""

    name: str
    subject: str
    path: str
    """In the portal; ``{object_id}`` is the thing it is about. The invitation's link comes sealed with its event."""
    version: int = 1
    with_code: bool = False
    """The sealed recipient holds six digits to be shown (T67)."""
    members_only: bool = False
    """Not sent to somebody who has lost the account in the meantime."""


TEMPLATES = {
    template.name: template
    for template in (
        Template(name="invitation", subject="access", path="/inbjudan"),
        Template(name="invoice-share", subject="access", path="/delad-faktura"),
        Template(name="invoice-shared", subject="access", path="/fakturor/{object_id}", members_only=True),
        Template(name="copy-confirmation", subject="access", path="/kopior"),
        Template(name="invitation-accepted", subject="access", path="/behorigheter/inbjudningar/{object_id}"),
        Template(name="invitation-declined", subject="access", path="/behorigheter"),
        Template(name="invitation-denied", subject="access", path="/"),
        Template(name="invitation-expired", subject="access", path="/behorigheter"),
        Template(name="invitation-revoked", subject="access", path="/"),
        Template(name="invitation-undeliverable", subject="access", path="/behorigheter"),
        Template(name="invitation-withdrawn", subject="access", path="/behorigheter"),
        Template(name="invitation-void", subject="access", path="/behorigheter", members_only=True),
        Template(name="grant-refused", subject="access", path="/behorigheter"),
        Template(name="grant-refused-newcomer", subject="access", path="/"),
        Template(name="approval-expired", subject="access", path="/behorigheter"),
        Template(name="approval-lapsed", subject="access", path="/"),
        Template(name="membership-granted", subject="access", path="/"),
        Template(name="membership-removed", subject="access", path="/"),
        Template(name="access-given", subject="access", path="/behorigheter", members_only=True),
        Template(name="access-removed", subject="access", path="/behorigheter", members_only=True),
        Template(name="signatory-lost", subject="access", path="/"),
        Template(name="signatory-lost-other", subject="access", path="/behorigheter", members_only=True),
        Template(name="account-suspended", subject="access", path="/", members_only=True),
        Template(name="account-resumed", subject="access", path="/", members_only=True),
        Template(name="review-opened", subject="access", path="/behorigheter", members_only=True),
        Template(name="review-reminder", subject="access", path="/behorigheter", members_only=True),
        Template(name="inviter-removed", subject="access", path="/behorigheter", members_only=True),
        Template(
            name="access-request-received",
            subject="access",
            path="/behorigheter/forfragningar/{object_id}",
            members_only=True,
        ),
        Template(name="access-request-denied", subject="access", path="/be-om-behorighet"),
        Template(name="account-ready", subject="access", path="/", members_only=True),
        Template(name="power-received", subject="access", path="/fullmakt/{object_id}"),
        Template(name="power-approved", subject="access", path="/fullmakt/{object_id}"),
        Template(name="power-rejected", subject="access", path="/fullmakt/{object_id}"),
        Template(name="power-completion", subject="access", path="/fullmakt/{object_id}"),
        Template(
            name="contact-confirmation", subject="registration", path="/installningar/kontaktuppgifter", with_code=True
        ),
        Template(name="contact-replaced", subject="registration", path="/installningar/kontaktuppgifter"),
        Template(name="data-export-ready", subject="registration", path="/installningar/mina-uppgifter"),
        Template(name="erasure-refused", subject="registration", path="/installningar/mina-uppgifter"),
        Template(name="user-erased", subject="registration", path="/radering/{object_id}"),
        Template(name="login-new-device", subject="access", path="/installningar/inloggningar"),
        Template(name="signature-made", subject="access", path="/"),
        Template(name="signature-expired", subject="access", path="/"),
        Template(name="signature-stopped", subject="access", path="/"),
        Template(name="support-view-opened", subject="access", path="/installningar/kundservice", members_only=True),
        Template(name="registration-welcome", subject="registration", path="/"),
        Template(name="invoice-available", subject="invoices", path="/fakturor/{object_id}", members_only=True),
        Template(name="invoice-paid", subject="payments", path="/fakturor/{object_id}", members_only=True),
        Template(name="reading-check", subject="readings", path="/matare/avlasningar/{object_id}", members_only=True),
    )
}


def link_path(template: str, object_id: UUID | None, account_id: UUID | None) -> str:
    """Where the notice leads, from the portal's root; names the account, so that nobody lands in another (D21)."""
    path = TEMPLATES[template].path.format(object_id=object_id)
    return f"{path}?konto={account_id}" if account_id else path
