"""Proofs of the simulator's, whole and spoiled in every way that we could think of."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp

from chassis.ids import new_id, utcnow
from identity.domain import proofs
from identity.domain.logins import binding, visible_data
from sim_bankid.domain.orders import Kind, Order, Rules
from sim_bankid.persons import PERSONS
from sim_bankid.signature import Signer

KARIN, ERIK = "199908072391", "199006022397"
LOGIN = new_id()
SIGNERS = {name: Signer("Test av BankID", utcnow().timestamp()) for name in ("bankid", "somebody else")}
TEXT = base64.b64encode(b"Jag skriver under **avtalet** <1> & ingenting annat.").decode()


def proof(*, sign=False, person=KARIN, signer="bankid", visible=None, moment=None):
    """(signature, ocspResponse) of an order."""
    request = {
        "userVisibleData": visible or (TEXT if sign else visible_data("sv")),
        "userNonVisibleData": binding(LOGIN),
    }
    order = Order(
        ref="r",
        screen="s",
        kind=Kind.SIGN if sign else Kind.AUTH,
        request=request,
        rp=None,
        created_at=0,
        auto_start_token="",
        qr_start_token="",
        qr_start_secret="",
        rules=Rules(),
    )
    return SIGNERS[signer](order, PERSONS[person], moment or utcnow().timestamp())


def expected(*, sign=False, **changes):
    values = {
        "function": proofs.SIGNING if sign else proofs.IDENTIFICATION,
        "personal_number": KARIN,
        "visible_data": TEXT if sign else visible_data("sv"),
        "non_visible_data": binding(LOGIN),
    }
    return proofs.Expected(**(values | changes))


def trust(**changes):
    return replace(proofs.Trust(roots=[SIGNERS["bankid"].ca], at=utcnow()), **changes)


def edited(signature, old, new):
    xml = base64.b64decode(signature).decode()
    assert old in xml
    return base64.b64encode(xml.replace(old, new, 1).encode()).decode()


def without(signature, element):
    xml = base64.b64decode(signature).decode()
    found = re.search(rf"<{element}[ >].*</{element}>", xml)
    assert found
    return base64.b64encode(xml.replace(found[0], "").encode()).decode()


# ---- what is true
@pytest.mark.parametrize("sign", [False, True], ids=["login", "signature"])
def test_the_proof_of_our_own_order_is_true(sign):
    proofs.verify(*proof(sign=sign), expected(sign=sign), trust())


def test_without_a_root_the_chain_must_hold_in_itself():
    proofs.verify(*proof(), expected(), trust(roots=[]))


def test_the_text_of_a_login_need_not_be_known():
    proofs.verify(*proof(), expected(visible_data=None), trust())


# ---- what it is about
@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"visible_data": base64.b64encode(b"Betala 1000 kr").decode()}, "usrVisibleData"),
        ({"non_visible_data": binding(new_id())}, "usrNonVisibleData"),
        ({"personal_number": ERIK}, "holder"),
        ({"function": proofs.SIGNING}, "funcId"),
    ],
    ids=["text", "login", "person", "function"],
)
def test_C15_a_proof_of_something_else_is_refused(change, part):
    with pytest.raises(proofs.ProofRefused, match=part):
        proofs.verify(*proof(), expected(**change), trust())


def test_C15_an_identification_is_no_signature_and_a_signature_no_identification():
    for sign in (True, False):
        with pytest.raises(proofs.ProofRefused, match="funcId"):
            proofs.verify(*proof(sign=sign), expected(sign=not sign), trust())


def test_what_an_identification_leaves_out_is_not_missed_and_what_a_signature_leaves_out_is():
    proofs.check_content(without(proof()[0], "usrVisibleData"), expected())
    for part in ("usrVisibleData", "usrNonVisibleData"):
        with pytest.raises(proofs.ProofRefused, match=part):
            proofs.check_content(without(proof(sign=True)[0], part), expected(sign=True))


# ---- tampering
@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        (TEXT, base64.b64encode(b"Jag ger bort huset.").decode(), "usrVisibleData"),
        ("<funcId>Signing</funcId>", "<funcId>Identification</funcId>", "funcId"),
        ("<fsib>0</fsib>", "<fsib>1</fsib>", "signature"),
        ("<SignatureValue>", "<SignatureValue>AAAA", "signature"),
        ("<DigestValue>", "<DigestValue>AAAA", "signature"),
        ('URI="#bidSignedData"', 'URI="#bidKeyInfo"', "signature"),
        ("rsa-sha256", "rsa-sha1", "signature"),
        ("xmlenc#sha256", "xmldsig#sha1", "signature"),
        ('Id="bidSignedData"', 'Id="other"', "signature"),
        ("</Object>", "</Object><Object/>", ""),
    ],
    ids=["text", "function", "device", "value", "digest", "reference", "method", "algorithm", "id", "beside"],
)
def test_any_change_of_the_signed_document_is_found(old, new, part):
    signature, answer = proof(sign=True)
    if not part:
        with pytest.raises(proofs.ProofRefused, match="ocsp"):  # the OCSP answer is for the signature as it was
            proofs.verify(edited(signature, old, new), answer, expected(sign=True), trust())
        return
    with pytest.raises(proofs.ProofRefused, match=part):
        proofs.verify(edited(signature, old, new), answer, expected(sign=True), trust())


def test_a_true_signature_wrapped_around_another_text_is_found():
    # The signed element is moved aside, and a false one stands where it is looked for.
    xml = base64.b64decode(proof(sign=True)[0]).decode()
    data = re.search(r"<bankIdSignedData .*</bankIdSignedData>", xml)[0]
    false = data.replace(TEXT, base64.b64encode(b"Jag ger bort huset.").decode()).replace("bidSignedData", "x")
    wrapped = xml.replace(f"<Object>{data}</Object>", f"<Object>{false}</Object><Object>{data}</Object>")
    signature = base64.b64encode(wrapped.encode()).decode()
    wanted = expected(sign=True, visible_data=base64.b64encode(b"Jag ger bort huset.").decode())
    with pytest.raises(proofs.ProofRefused, match="usrVisibleData"):
        proofs.verify(signature, proof(sign=True)[1], wanted, trust())


def test_a_signature_by_a_key_of_ones_own_is_found():
    # Everything made anew and signed; only the certificate is still Karin's.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signature, answer = proof(sign=True)
    xml = base64.b64decode(signature).decode()
    info = re.search(r"<SignedInfo .*</SignedInfo>", xml)[0]
    value = base64.b64encode(key.sign(info.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    forged = re.sub(r"<SignatureValue>.*</SignatureValue>", f"<SignatureValue>{value}</SignatureValue>", xml)
    with pytest.raises(proofs.ProofRefused, match="signature"):
        proofs.verify(base64.b64encode(forged.encode()).decode(), answer, expected(sign=True), trust())


# ---- whom to believe
def test_a_proof_under_another_root_is_refused():
    with pytest.raises(proofs.ProofRefused, match="chain"):
        proofs.verify(*proof(signer="somebody else"), expected(), trust())


def test_a_chain_that_does_not_hold_is_refused_even_without_a_root():
    signature, answer = proof()
    mine, other = (base64.b64decode(each[0]).decode() for each in (proof(), proof(signer="somebody else")))
    ours, foreign = (re.findall(r"<X509Certificate>(.*?)</X509Certificate>", each)[1] for each in (mine, other))
    with pytest.raises(proofs.ProofRefused, match=r"signature|chain"):
        proofs.verify(edited(signature, ours, foreign), answer, expected(), trust(roots=[]))


@pytest.mark.parametrize("days", [-30, 365 * 3], ids=["before", "after"])
def test_certificates_count_only_while_they_are_valid(days):
    with pytest.raises(proofs.ProofRefused, match=r"signature|validity"):
        proofs.verify(*proof(), expected(), trust(at=utcnow() + timedelta(days=days)))


# ---- OCSP
def answer_for(
    signature, *, status=ocsp.OCSPCertStatus.GOOD, by="bankid", nonce=None, age=timedelta(0), serial_of=KARIN
):
    """An OCSP answer of our own making."""
    signer = SIGNERS["bankid"]
    certificates = re.findall(r"<X509Certificate>(.*?)</X509Certificate>", base64.b64decode(signature).decode())
    if serial_of != KARIN:
        certificates = re.findall(
            r"<X509Certificate>(.*?)</X509Certificate>", base64.b64decode(proof(person=serial_of)[0]).decode()
        )
    certificate = x509.load_der_x509_certificate(base64.b64decode(certificates[0]))
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    moment = utcnow() - age
    digest = hashlib.sha1(signature.encode(), usedforsecurity=False).digest()
    return base64.b64encode(
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=certificate,
            issuer=signer.ca,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=moment,
            next_update=moment + timedelta(hours=1),
            revocation_time=moment if revoked else None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, SIGNERS[by].ca)
        .certificates([SIGNERS[by].ca])
        .add_extension(x509.OCSPNonce(nonce or digest + b"n" * 12), critical=False)
        .sign(SIGNERS[by]._ca_key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    ).decode()


def test_an_ocsp_answer_of_the_issuer_is_believed():
    signature, _ = proof()
    proofs.verify(signature, answer_for(signature), expected(), trust())


@pytest.mark.parametrize(
    "change",
    [
        {"status": ocsp.OCSPCertStatus.REVOKED},
        {"status": ocsp.OCSPCertStatus.UNKNOWN},
        {"by": "somebody else"},
        {"nonce": b"n" * 32},
        {"age": timedelta(days=2)},
        {"age": timedelta(days=-2)},
        {"serial_of": ERIK},
    ],
    ids=["revoked", "unknown", "forged", "other-signature", "old", "future", "other-certificate"],
)
def test_an_ocsp_answer_that_says_something_else_is_refused(change):
    signature, _ = proof()
    with pytest.raises(proofs.ProofRefused, match="ocsp"):
        proofs.verify(signature, answer_for(signature, **change), expected(), trust())


@pytest.mark.parametrize("answer", ["", "AAAA", "not base64", base64.b64encode(b"\x30\x03\x0a\x01\x06").decode()])
def test_what_is_no_ocsp_answer_is_refused(answer):
    with pytest.raises(proofs.ProofRefused, match="ocsp"):
        proofs.verify(proof()[0], answer, expected(), trust())


# ---- hostile documents
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><Signature>&c;</Signature>'
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Signature>&a;</Signature>'


@pytest.mark.parametrize("xml", [BOMB, EXTERNAL, "<a>", "", "<Signature/>", "hej"])
def test_B17_a_proof_that_is_no_proof_or_a_bomb_is_refused(xml):
    for signature in (base64.b64encode(xml.encode()).decode(), xml):
        with pytest.raises(proofs.ProofRefused):
            proofs.verify(signature, "", expected(), trust())
