"""The two proofs of a completed order: an XML signature and an OCSP answer.

Both are built and signed like BankID's, but under a throw-away root that says it is simulated:
a verifier pointed at that root accepts them, and one pointed at BankID's refuses them.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from sim_bankid.domain.orders import Order
from sim_bankid.persons import Person

_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_BANKID = "http://www.bankid.com/signature/v1.0.0/types"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_APP_VERSION = "7.50.0"
_CLOCK_SKEW = timedelta(days=1)
_LIFE = timedelta(days=730)
_ROOT_LIFE = timedelta(days=3650)


@dataclass(frozen=True)
class _Holder:
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]


class Signer:
    """Signs as any test person. Making one costs a key generation (about 0.1 s).

    `kept` is a file that the root and its key are read from, and written to where it is missing.
    """

    def __init__(self, rp_name: str, now: float, *, kept: Path | None = None) -> None:
        self._rp_name = rp_name
        self._started = now
        self._holders: dict[str, _Holder] = {}
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ca, self._ca_key = self._read(kept) if kept and kept.exists() else self._root(now)
        if kept and not kept.exists():
            self._keep(kept)

    # ---- the root
    def _root(self, now: float) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Simulator, not BankID"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Simulated BankID Root CA"),
            ]
        )
        certificate = (
            self._certificate(name, name, key.public_key(), now, life=_ROOT_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        return certificate, key

    @staticmethod
    def _read(path: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        content = path.read_bytes()
        key = serialization.load_pem_private_key(content, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{path} holds another kind of key")
        return x509.load_pem_x509_certificate(content), key

    def _keep(self, path: Path) -> None:
        certificate = self.ca.public_bytes(serialization.Encoding.PEM)
        key = self._ca_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.touch(mode=0o600)
        path.write_bytes(certificate + key)
        path.with_suffix(".crt.pem").write_bytes(certificate)

    def __call__(self, order: Order, person: Person, now: float) -> tuple[str, str]:
        """(signature, ocspResponse) in base64 for an order this person approves at `now`."""
        holder = self._holder(person)
        xml = self._xml(order, holder, person.uhi)
        signature = base64.b64encode(xml.encode()).decode()
        return signature, base64.b64encode(self._ocsp(holder, signature, now)).decode()

    # ---- XML
    def _xml(self, order: Order, holder: _Holder, uhi: str) -> str:
        """The document. Its signed parts are written in canonical form, so they digest as is."""
        data = self._signed_data(order, uhi)
        key_info = (
            f'<KeyInfo xmlns="{_DSIG}" Id="bidKeyInfo"><X509Data>'
            + "".join(f"<X509Certificate>{_der(c)}</X509Certificate>" for c in holder.chain)
            + "</X509Data></KeyInfo>"
        )
        signed_info = (
            f'<SignedInfo xmlns="{_DSIG}">'
            f'<CanonicalizationMethod Algorithm="{_C14N}"></CanonicalizationMethod>'
            f'<SignatureMethod Algorithm="{_RSA_SHA256}"></SignatureMethod>'
            + _reference(f' Type="{_BANKID}" URI="#bidSignedData"', data)
            + _reference(' URI="#bidKeyInfo"', key_info)
            + "</SignedInfo>"
        )
        value = self._key.sign(signed_info.encode(), padding.PKCS1v15(), hashes.SHA256())
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
            f'<Signature xmlns="{_DSIG}">{signed_info}'
            f"<SignatureValue>{base64.b64encode(value).decode()}</SignatureValue>"
            f"{key_info}<Object>{data}</Object></Signature>"
        )

    def _signed_data(self, order: Order, uhi: str) -> str:
        """What the person agreed to. The sent texts are base64 already and are kept unchanged."""
        visible = order.request.get("userVisibleData")
        invisible = order.request.get("userNonVisibleData")
        function = "Identification" if order.kind.identification else "Signing"
        policies = order.requirement.get("certificatePolicies")
        condition = ""
        if isinstance(policies, list):
            values = "".join(f"<value>{policy}</value>" for policy in policies)
            condition = f"<condition><type>CertificatePolicies</type>{values}</condition>"
        name = f"cn={self._rp_name},name={self._rp_name},serialNumber=0000000000,o=Simulator,c=SE"
        return (
            f'<bankIdSignedData xmlns="{_BANKID}" Id="bidSignedData">'
            + (f'<usrVisibleData charset="UTF-8" visible="wysiwys">{visible}</usrVisibleData>' if visible else "")
            + (f"<usrNonVisibleData>{invisible}</usrNonVisibleData>" if invisible else "")
            + f"<srvInfo><name>{_b64(name)}</name>"
            f"<nonce>{base64.b64encode(secrets.token_bytes(20)).decode()}</nonce>"
            f"<displayName>{_b64(self._rp_name)}</displayName></srvInfo>"
            f"<clientInfo><funcId>{function}</funcId><version>{_b64(_APP_VERSION)}</version>"
            f"<env><ai><type>{_b64('SIMULATOR')}</type><deviceInfo>{_b64('1.0')}</deviceInfo>"
            f"<uhi>{_b64(uhi)}</uhi><fsib>0</fsib><utb>cs1</utb>"
            f"<requirement>{condition}</requirement><uauth>pw</uauth></ai></env></clientInfo>"
            "</bankIdSignedData>"
        )

    # ---- certificates
    def _holder(self, person: Person) -> _Holder:
        holder = self._holders.get(person.personal_number)
        if holder is None:
            subject = x509.Name(
                [
                    x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
                    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Simulator, not BankID"),
                    x509.NameAttribute(NameOID.SURNAME, person.surname),
                    x509.NameAttribute(NameOID.GIVEN_NAME, person.given_name),
                    x509.NameAttribute(NameOID.SERIAL_NUMBER, person.personal_number),
                    x509.NameAttribute(NameOID.COMMON_NAME, person.name),
                ]
            )
            certificate = (
                self._certificate(subject, self.ca.subject, self._key.public_key(), self._started)
                .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
                .sign(self._ca_key, hashes.SHA256())
            )
            holder = _Holder(certificate, (certificate, self.ca))
            self._holders[person.personal_number] = holder
        return holder

    @staticmethod
    def _certificate(
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
        now: float,
        life: timedelta = _LIFE,
    ) -> x509.CertificateBuilder:
        moment = datetime.fromtimestamp(now, UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(moment - _CLOCK_SKEW)
            .not_valid_after(moment + life)
        )

    # ---- OCSP
    def _ocsp(self, holder: _Holder, signature: str, now: float) -> bytes:
        """A `good` answer. Its nonce begins with SHA-1 of the base64 signature, as BankID's."""
        moment = datetime.fromtimestamp(now, UTC)
        digest = hashlib.sha1(signature.encode(), usedforsecurity=False).digest()
        return (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=holder.certificate,
                issuer=self.ca,
                algorithm=hashes.SHA256(),
                cert_status=ocsp.OCSPCertStatus.GOOD,
                this_update=moment,
                next_update=moment + timedelta(hours=1),
                revocation_time=None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, self.ca)
            .certificates([self.ca])
            .add_extension(x509.OCSPNonce(digest + secrets.token_bytes(12)), critical=False)
            .sign(self._ca_key, hashes.SHA256())
            .public_bytes(serialization.Encoding.DER)
        )


def _reference(attributes: str, content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return (
        f"<Reference{attributes}><Transforms>"
        f'<Transform Algorithm="{_C14N}"></Transform></Transforms>'
        f'<DigestMethod Algorithm="{_SHA256}"></DigestMethod>'
        f"<DigestValue>{digest}</DigestValue></Reference>"
    )


def _der(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
