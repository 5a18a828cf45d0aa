"""Settings of identity beyond the chassis's."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from chassis.settings import SECRET, SettingsError
from chassis.settings import Settings as Base

KEY_BYTES = 32
SPAR_USER_LENGTH = 256


@dataclass(frozen=True, kw_only=True)
class Settings(Base):
    """BankID's address and certificates, and the keys of the personal numbers."""

    bankid_url: str = "https://appapi2.bankid.com/rp/v6.0"
    """Base of the Relying Party API; without a path ``/rp/v6.0`` is meant."""
    bankid_ca_file: str = ""
    """BankID's own root, the only one trusted (PEM)."""
    bankid_cert_file: str = ""
    """Our RP certificate (PEM)."""
    bankid_key_file: str = ""
    """Its private key (PEM, readable by this process only)."""
    bankid_signature_ca_file: str = ""
    """BankID's root of people's certificates (PEM; not the one of ``bankid_ca_file``), which proofs must lead to."""
    bankid_launch_url: str = ""
    """Where a browser starts the app on the same device: a simulator's page; empty: BankID's own addresses."""
    personal_number_key: str = field(metadata=SECRET)
    """AES-256 key, base64 of 32 bytes. Several with commas while rotating: the first seals, all open."""
    personal_number_pepper: str = field(metadata=SECRET)
    """Key of the blind index, base64 of 32 bytes."""

    spar_url: str = ""
    """SPAR's Personsök, schema 2023.1, the whole address; empty: the population register is not asked (FJ3)."""
    spar_ca_file: str = ""
    """The root of SPAR's server certificate (PEM); empty: those that this machine trusts."""
    spar_cert_file: str = ""
    """Our organisation certificate (PEM), which the worker shows; it and the key are read by the worker alone."""
    spar_key_file: str = ""
    spar_customer_number: str = ""
    """KundNrSlutkund, from the order confirmation."""
    spar_delivery_number: str = ""
    """KundNrLeveransMottagare; empty: the same customer."""
    spar_assignment_id: str = ""
    """UppdragId."""
    spar_user: str = "minasidor"
    """SlutAnvandarId: what SPAR logs of us. One name for all, and never a person's."""

    activity_jwks: str = ""
    """Public X25519 key (JWK) that names are sealed with for the activity log; empty: it shows none."""
    oidc_issuer: str = ""
    """A second e-ID over OpenID Connect; empty: BankID alone. Exactly as the provider's id tokens say ``iss``."""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", metadata=SECRET)
    oidc_scope: str = "openid profile"
    oidc_acr: str = ""
    """Levels of assurance that are accepted, with spaces; asked for and checked. Empty: whatever the provider gives."""
    oidc_personal_number_claim: str = "https://id.oidc.se/claim/personalIdentityNumber"
    """The claim of the id token that holds the verified personal number."""
    oidc_name_sv: str = ""
    oidc_name_en: str = ""
    """What the login page calls it."""

    seal_jwks: str = "{}"
    """Who may be told a personal number, sealed: JSON ``{"org-registry": <public X25519 JWK>}`` (D23)."""

    identity_private_jwks: str = field(default="", metadata=SECRET)
    """JSON ``{"keys": [private X25519 JWK]}``: opens what the services export of a person. The worker must have it; the
    web process needs none."""

    def __post_init__(self) -> None:
        """Refuse what would fail at the first login; raises ``SettingsError``."""
        keys = {
            "personal_number_key": self.personal_number_key.split(","),
            "personal_number_pepper": [self.personal_number_pepper],
        }
        for name, values in keys.items():
            if not all(map(_is_key, values)):
                message = f"{name} must be base64 of {KEY_BYTES} bytes"
                raise SettingsError(message)
        if self.is_production and not self.bankid_url.startswith("https://"):
            message = "bankid_url must be https in production"
            raise SettingsError(message)
        if self.is_production and self.bankid_launch_url:
            message = "bankid_launch_url is for simulators, not for production"
            raise SettingsError(message)
        if self.is_production and not self.bankid_signature_ca_file:
            message = "bankid_signature_ca_file is needed in production: without it anybody's proof would do"
            raise SettingsError(message)
        self._check_oidc()
        self._check_spar()
        files = (self.bankid_ca_file, self.bankid_cert_file, self.bankid_key_file)
        if self.bankid_url.startswith("https://") and not all(files):
            message = "bankid_ca_file, bankid_cert_file and bankid_key_file are needed for https"
            raise SettingsError(message)

    def _check_spar(self) -> None:
        if not self.spar_url:
            return
        if self.is_production and not self.spar_url.startswith("https://"):
            message = "spar_url must be https in production"
            raise SettingsError(message)
        if self.spar_url.startswith("https://") and not (self.spar_cert_file and self.spar_key_file):
            message = "spar_cert_file and spar_key_file are needed for https"
            raise SettingsError(message)
        numbers = (self.spar_customer_number, self.spar_assignment_id, self.spar_delivery_number or "1")
        if not all(number.isascii() and number.isdigit() for number in numbers):
            message = "with spar_url are needed the numbers spar_customer_number and spar_assignment_id"
            raise SettingsError(message)
        if not 1 <= len(self.spar_user) <= SPAR_USER_LENGTH:
            message = f"spar_user must have 1 to {SPAR_USER_LENGTH} characters"
            raise SettingsError(message)

    def _check_oidc(self) -> None:
        if not self.oidc_issuer:
            return
        needed = ("oidc_client_id", "oidc_client_secret", "oidc_personal_number_claim", "oidc_name_sv", "oidc_name_en")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            message = f"with oidc_issuer are needed: {', '.join(missing)}"
            raise SettingsError(message)
        if self.is_production and not self.oidc_issuer.startswith("https://"):
            message = "oidc_issuer must be https in production"
            raise SettingsError(message)
        if "openid" not in self.oidc_scope.split():
            message = "oidc_scope must hold openid"
            raise SettingsError(message)


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False
