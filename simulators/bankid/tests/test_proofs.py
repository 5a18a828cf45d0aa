"""The signature XML and the OCSP answer of a completed order, checked from the outside."""

from __future__ import annotations

import base64
import hashlib
import re
from xml.etree.ElementTree import canonicalize

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from defusedxml import ElementTree

from sim_bankid.control import Control
from sim_bankid.signature import Signer
from sim_bankid.testing import RelyingParty, b64

KARIN = "199908072391"
NS = {
    "d": "http://www.w3.org/2000/09/xmldsig#",
    "b": "http://www.bankid.com/signature/v1.0.0/types",
}
AGREED = "Jag godkänner avtalet <2026> & villkoren åäö."
BOUND = "sha256:" + "ab" * 32


def completed(rp: RelyingParty, control: Control, order: dict) -> dict:
    control.approve(control.pick(order, KARIN))
    return rp.completion(order)


@pytest.fixture
def proof(rp: RelyingParty, control: Control) -> dict:
    return completed(rp, control, rp.sign(AGREED, userNonVisibleData=b64(BOUND)))


def document(proof: dict) -> str:
    return base64.b64decode(proof["signature"], validate=True).decode()


def test_the_sent_texts_are_in_the_signed_data(proof: dict) -> None:
    root = ElementTree.fromstring(document(proof), forbid_dtd=True)
    assert root.tag == f"{{{NS['d']}}}Signature"
    data = root.find("d:Object/b:bankIdSignedData", NS)
    assert base64.b64decode(data.findtext("b:usrVisibleData", None, NS)).decode() == AGREED
    assert base64.b64decode(data.findtext("b:usrNonVisibleData", None, NS)).decode() == BOUND
    assert data.findtext("b:clientInfo/b:funcId", None, NS) == "Signing"
    server = data.find("b:srvInfo", NS)
    assert base64.b64decode(server.findtext("b:displayName", None, NS)) == b"Test av BankID"
    assert server.findtext("b:name", None, NS)
    assert len(base64.b64decode(server.findtext("b:nonce", None, NS))) == 20
    requirement = data.find("b:clientInfo/b:env/b:ai/b:requirement", NS)
    assert requirement is not None


@pytest.mark.parametrize(("start", "function"), [("auth", "Identification"), ("phone_auth", "Identification")])
def test_an_identification_says_so(rp: RelyingParty, control: Control, start: str, function: str) -> None:
    order = rp.auth() if start == "auth" else rp.phone_auth(KARIN)
    root = ElementTree.fromstring(document(completed(rp, control, order)))
    data = root.find("d:Object/b:bankIdSignedData", NS)
    assert data.findtext("b:clientInfo/b:funcId", None, NS) == function
    assert data.find("b:usrVisibleData", NS) is None
    assert data.find("b:usrNonVisibleData", NS) is None


def test_the_demanded_policies_are_in_the_signed_data(rp: RelyingParty, control: Control) -> None:
    order = rp.auth(requirement={"certificatePolicies": ["1.2.3.4.25"]})
    root = ElementTree.fromstring(document(completed(rp, control, order)))
    path = "d:Object/b:bankIdSignedData/b:clientInfo/b:env/b:ai/b:requirement/b:condition"
    assert root.findtext(f"{path}/b:type", None, NS) == "CertificatePolicies"
    assert root.findtext(f"{path}/b:value", None, NS) == "1.2.3.4.25"


def certificates(proof: dict) -> list[x509.Certificate]:
    root = ElementTree.fromstring(document(proof))
    found = root.findall("d:KeyInfo/d:X509Data/d:X509Certificate", NS)
    return [x509.load_der_x509_certificate(base64.b64decode(c.text)) for c in found]


def test_digests_and_signature_value_hold(proof: dict) -> None:
    xml = document(proof)
    root = ElementTree.fromstring(xml)
    digests = {
        reference.get("URI"): base64.b64decode(reference.findtext("d:DigestValue", None, NS))
        for reference in root.findall("d:SignedInfo/d:Reference", NS)
    }
    parts = {
        "#bidSignedData": re.search(r"<bankIdSignedData .*</bankIdSignedData>", xml),
        "#bidKeyInfo": re.search(r"<KeyInfo .*</KeyInfo>", xml),
    }
    assert digests == {uri: hashlib.sha256(part[0].encode()).digest() for uri, part in parts.items() if part}
    signed = re.search(r"<SignedInfo .*</SignedInfo>", xml)
    assert signed is not None
    certificates(proof)[0].public_key().verify(
        base64.b64decode(root.findtext("d:SignatureValue", None, NS)),
        signed[0].encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def test_the_signed_parts_are_in_canonical_form(proof: dict) -> None:
    xml = document(proof)
    for name in ("SignedInfo", "KeyInfo", "bankIdSignedData"):
        part = re.search(rf"<{name} .*</{name}>", xml)
        assert part is not None
        assert canonicalize(part[0]) == part[0]


def test_the_certificate_is_the_persons_under_a_root_that_says_it_is_simulated(
    proof: dict,
) -> None:
    person, root = certificates(proof)
    assert person.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value == KARIN
    person.verify_directly_issued_by(root)
    assert root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == ("Simulated BankID Root CA")


def test_the_ocsp_answer_is_good_and_bound_to_the_signature(proof: dict) -> None:
    answer = ocsp.load_der_ocsp_response(base64.b64decode(proof["ocspResponse"], validate=True))
    person, root = certificates(proof)
    assert answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.serial_number == person.serial_number
    nonce = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    assert len(nonce) == 32
    assert nonce[:20] == hashlib.sha1(proof["signature"].encode(), usedforsecurity=False).digest()
    root.public_key().verify(
        answer.signature,
        answer.tbs_response_bytes,
        ec.ECDSA(hashes.SHA256()),
    )


def test_a_root_that_is_kept_is_the_same_after_a_restart(tmp_path) -> None:
    kept = tmp_path / "root.pem"
    first, second, other = (Signer("x", 1_800_000_000, kept=path) for path in (kept, kept, None))
    assert first.ca == second.ca != other.ca
    assert kept.stat().st_mode & 0o077 == 0
    alone = kept.with_suffix(".crt.pem").read_bytes()
    assert b"PRIVATE KEY" not in alone
    assert x509.load_pem_x509_certificate(alone) == first.ca
