"""Whether the signed proof says what we asked for (domain facts 1.11 and 1.12).

Trust rests on the mutual TLS connection that the answer came by. This check makes sure that the answer is to *our*
question: an identification, of the person named, with our text, for this very login. The chain to BankID's root and
the OCSP answer are kept and can be verified later.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from xml.etree.ElementTree import Element, ParseError

from cryptography import x509
from cryptography.x509.oid import NameOID
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
BANKID = "{http://www.bankid.com/signature/v1.0.0/types}"
IDENTIFICATION = "Identification"


class ProofRefused(Exception):
    """The proof is not of what was asked; the message says which part, and nothing personal."""


def check(signature: str, *, personal_number: str, visible_data: str, non_visible_data: str) -> None:
    """Raise ``ProofRefused`` unless ``signature`` (base64 XML-DSig) is an identification with the data that was sent.

    ``visible_data`` and ``non_visible_data`` are the base64 texts of the request. What BankID leaves out of the proof
    is not missed; what it has must be equal.
    """
    root = _parse(signature)
    data = root.find(f"{DSIG}Object/{BANKID}bankIdSignedData")
    if root.tag != f"{DSIG}Signature" or data is None:
        raise ProofRefused("shape")
    if data.findtext(f"{BANKID}clientInfo/{BANKID}funcId", "").strip() != IDENTIFICATION:
        raise ProofRefused("funcId")
    _equal(data, "usrVisibleData", visible_data)
    _equal(data, "usrNonVisibleData", non_visible_data)
    _holder(root, personal_number)


def _parse(signature: str) -> Element:
    try:
        root: Element = fromstring(base64.b64decode(signature, validate=True), forbid_dtd=True)
    except (binascii.Error, ParseError, DefusedXmlException, ValueError) as error:
        raise ProofRefused("xml") from error
    return root


def _equal(data: Element, name: str, sent: str) -> None:
    found = data.findall(f"{BANKID}{name}")
    if len(found) > 1:
        raise ProofRefused(name)
    if found and not hmac.compare_digest(_decoded(found[0].text or "", name), base64.b64decode(sent)):
        raise ProofRefused(name)


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ProofRefused(name) from error


def _holder(root: Element, personal_number: str) -> None:
    # The first certificate is the signer's; its serialNumber is the personal number.
    encoded = root.findtext(f"{DSIG}KeyInfo/{DSIG}X509Data/{DSIG}X509Certificate")
    if encoded is None:
        return
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(encoded.split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise ProofRefused("certificate") from error
    numbers = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    if numbers and str(numbers[0].value) != personal_number:
        raise ProofRefused("holder")
