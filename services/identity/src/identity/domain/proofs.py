"""Whether a BankID proof is true and says what we asked for (domain facts 1.5, 1.11 and 1.12; reliability 4.2 (9)).

A proof is an XML signature and an OCSP answer. Checked are: the function, the texts and the person are those of *our*
order; the XML signature holds, and covers just that; the certificates lead to BankID's root; the OCSP answer says
that the certificate was good, and belongs to this very signature. At collecting, and again whenever somebody asks.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from lxml.etree import LxmlError  # type: ignore[import-untyped]
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
BANKID = "{http://www.bankid.com/signature/v1.0.0/types}"
SIGNED_DATA = f"{BANKID}bankIdSignedData"
IDENTIFICATION, SIGNING = "Identification", "Signing"
OCSP_NEAR = timedelta(days=1)
"""So near to the moment of the proof must the OCSP answer have been made."""
NONCE_DIGEST_BYTES = 20
METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})


class _Verifier(XMLVerifier):
    """lxml on libxml2 2.14 writes ``xmlns=""`` into a part of a document; a document of its own comes out right."""

    def _c14n(self, nodes: Any, algorithm: Any, inclusive_ns_prefixes: Any = None) -> Any:
        parts = nodes if isinstance(nodes, list) else [nodes]
        alone = [self._fromstring(self._tostring(part)) for part in parts]  # type: ignore[no-untyped-call]
        return super()._c14n(alone, algorithm, inclusive_ns_prefixes)


# At level DEBUG it writes down what it verifies: names, numbers and texts of people.
logging.getLogger("signxml").setLevel(logging.WARNING)


class ProofRefused(Exception):
    """The proof is not true, or not of what was asked; the message says which part, and nothing personal."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What was sent to BankID. The data are the base64 texts of the request."""

    function: str
    personal_number: str
    non_visible_data: str
    visible_data: str | None
    """None: not compared (the text of an old login is not kept)."""


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Whom to believe. Without ``roots`` (simulators only) the chain must hold in itself, but may begin anywhere."""

    roots: Sequence[x509.Certificate]
    at: datetime
    """When the proof was given, on our clock."""


def read_roots(path: str) -> list[x509.Certificate]:
    """BankID's roots of people's certificates (PEM), read anew each time; none where no file is named."""
    return x509.load_pem_x509_certificates(Path(path).read_bytes()) if path else []


def check_content(signature: str, expected: Expected) -> list[x509.Certificate]:
    """Raise ``ProofRefused`` unless ``signature`` (base64 XML) says what was asked; returns its certificates.

    What BankID leaves out of an identification is not missed; what it has must be equal. A signature has both texts.
    """
    root = _parse(signature)
    data = root.find(f"{DSIG}Object/{SIGNED_DATA}")
    if root.tag != f"{DSIG}Signature" or data is None:
        raise ProofRefused("shape")
    _says(data, expected)
    certificates = _certificates(root)
    _holder(certificates, expected.personal_number)
    return certificates


def verify(signature: str, ocsp_response: str, expected: Expected, trust: Trust) -> None:
    """Raise ``ProofRefused`` unless the whole proof is true and says what was asked."""
    certificates = check_content(signature, expected)
    if not certificates:
        raise ProofRefused("certificate")
    # Once more on exactly those bytes that the signature covers: what stands beside them proves nothing.
    _says(_signed(signature, certificates[0], trust.at), expected)
    issuer = _chain(certificates, trust)
    _ocsp(ocsp_response, signature, certificates[0], issuer, trust.at)


def _parse(signature: str) -> Element:
    try:
        root: Element = fromstring(base64.b64decode(signature, validate=True), forbid_dtd=True)
    except (binascii.Error, ParseError, DefusedXmlException, ValueError) as error:
        raise ProofRefused("xml") from error
    return root


# ---- what it says
def _says(data: Element, expected: Expected) -> None:
    if data.findtext(f"{BANKID}clientInfo/{BANKID}funcId", "").strip() != expected.function:
        raise ProofRefused("funcId")
    needed = expected.function == SIGNING
    if expected.visible_data is not None:
        _equal(data, "usrVisibleData", expected.visible_data, needed=needed)
    _equal(data, "usrNonVisibleData", expected.non_visible_data, needed=needed)


def _equal(data: Element, name: str, sent: str, *, needed: bool) -> None:
    found = data.findall(f"{BANKID}{name}")
    if len(found) > 1 or (needed and not found):
        raise ProofRefused(name)
    if found and not hmac.compare_digest(_decoded(found[0].text or "", name), base64.b64decode(sent)):
        raise ProofRefused(name)


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ProofRefused(name) from error


def _certificates(root: Element) -> list[x509.Certificate]:
    found = root.findall(f"{DSIG}KeyInfo/{DSIG}X509Data/{DSIG}X509Certificate")
    try:
        return [x509.load_der_x509_certificate(_decoded(each.text or "", "certificate")) for each in found]
    except ValueError as error:
        raise ProofRefused("certificate") from error


def _holder(certificates: Sequence[x509.Certificate], personal_number: str) -> None:
    # The first certificate is the signer's; its serialNumber is the personal number.
    if not certificates:
        return
    numbers = certificates[0].subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    if numbers and str(numbers[0].value) != personal_number:
        raise ProofRefused("holder")


# ---- whether it is true
def _signed(signature: str, certificate: x509.Certificate, at: datetime) -> Element:
    """The element that the XML signature covers, as it was signed."""
    configuration = SignatureConfiguration(
        location="./",
        expect_references=True,  # any number; which one counts is looked at below
        signature_methods=METHODS,
        digest_algorithms=DIGESTS,
        verification_time=at,
    )
    try:
        results = _Verifier().verify(
            base64.b64decode(signature),
            x509_cert=certificate,
            validate_schema=False,
            id_attribute="Id",
            expect_config=configuration,
        )
    except (SignXMLException, InvalidSignature, LxmlError, ValueError, KeyError, TypeError) as error:
        raise ProofRefused("signature") from error
    covered = results if isinstance(results, list) else [results]
    # Parsed anew from the signed bytes.
    parts = [fromstring(each.signed_data, forbid_dtd=True) for each in covered]
    data = [part for part in parts if part.tag == SIGNED_DATA]
    if len(data) != 1:
        raise ProofRefused("signature")
    found: Element = data[0]
    return found


def _chain(certificates: Sequence[x509.Certificate], trust: Trust) -> x509.Certificate:
    """Follow the certificates to a root; returns the signer's issuer."""
    chain = list(certificates)
    last = chain[-1]
    anchor = next((root for root in trust.roots if root == last or _issued(last, root)), None)
    if trust.roots and anchor is None:
        raise ProofRefused("chain")
    if anchor is not None and anchor != last:
        chain.append(anchor)
    if len(chain) == 1:
        raise ProofRefused("chain")
    for holder, issuer in itertools.pairwise(chain):
        if not _issued(holder, issuer) or not _is_authority(issuer):
            raise ProofRefused("chain")
    if any(not each.not_valid_before_utc <= trust.at <= each.not_valid_after_utc for each in chain):
        raise ProofRefused("validity")
    return chain[1]


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _ocsp(encoded: str, signature: str, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> None:
    try:
        answer = ocsp.load_der_ocsp_response(base64.b64decode(encoded, validate=True))
        good = (
            answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
            and answer.certificate_status is ocsp.OCSPCertStatus.GOOD
            and answer.serial_number == certificate.serial_number
            and abs(answer.this_update_utc - at) <= OCSP_NEAR
        )
        nonce = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce if good else b""
    except (ValueError, x509.ExtensionNotFound) as error:
        raise ProofRefused("ocsp") from error
    # The nonce begins with the hash of the signature: the answer was asked for just this one.
    digest = hashlib.sha1(signature.encode(), usedforsecurity=False).digest()
    if not good or not hmac.compare_digest(nonce[:NONCE_DIGEST_BYTES], digest):
        raise ProofRefused("ocsp")
    responders = [issuer, *(each for each in answer.certificates if _answers_for(each, issuer))]
    if not any(_made_by(answer, each) for each in responders):
        raise ProofRefused("ocsp")


def _answers_for(responder: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage and _issued(responder, issuer)


def _made_by(answer: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    key, algorithm = responder.public_key(), answer.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        match key:
            case rsa.RSAPublicKey():
                key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
            case ec.EllipticCurvePublicKey():
                key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
            case _:
                return False
    except InvalidSignature:
        return False
    return True
