"""What the relying party may send: endpoints, fields, limits, and the exact refusals."""

from __future__ import annotations

import pytest

from sim_bankid.control import Control
from sim_bankid.testing import RelyingParty, assert_error, b64

AUTH = {"endUserIp": "198.51.100.7"}
SIGN = AUTH | {"userVisibleData": b64("Hej")}
PHONE_AUTH = {"personalNumber": "199908072391", "callInitiator": "user"}
PHONE_SIGN = PHONE_AUTH | {"userVisibleData": b64("Hej")}
PAYMENT = AUTH | {"userVisibleTransaction": {"transactionType": "card", "recipient": {"name": "Verket"}}}
UUID_LENGTH = 36


@pytest.mark.parametrize(("endpoint", "body"), [("auth", AUTH), ("sign", SIGN), ("payment", PAYMENT)])
def test_an_order_on_a_device_gets_its_four_tokens(rp: RelyingParty, endpoint: str, body: dict) -> None:
    answer = rp.post(endpoint, body).json()
    assert answer.keys() == {"orderRef", "autoStartToken", "qrStartToken", "qrStartSecret"}
    assert {len(value) for value in answer.values()} == {UUID_LENGTH}
    assert len(set(answer.values())) == 4


@pytest.mark.parametrize(("endpoint", "body"), [("phone/auth", PHONE_AUTH), ("phone/sign", PHONE_SIGN)])
def test_a_telephone_order_gets_only_its_reference(rp: RelyingParty, endpoint: str, body: dict) -> None:
    assert rp.post(endpoint, body).json().keys() == {"orderRef"}


def test_every_field_at_its_limit_is_accepted(rp: RelyingParty) -> None:
    most = AUTH | {
        "userVisibleData": "QUJD" * 375,
        "userVisibleDataFormat": "simpleMarkdownV1",
        "userNonVisibleData": "QUJD" * 375,
        "returnUrl": "https://localhost/" + "a" * (512 - 18),
        "returnRisk": True,
        "requirement": {
            "pinCode": True,
            "mrtd": False,
            "cardReader": "class2",
            "certificatePolicies": ["1.2.752.78.*", "1.2.3.4.25"],
            "personalNumber": "199908072391",
            "risk": "moderate",
        },
        "web": {
            "referringDomain": "xn--vrme-loa.example",
            "userAgent": "u" * 256,
            "deviceIdentifier": "d" * 64,
        },
    }
    assert rp.post("auth", most).status_code == 200


def test_a_signature_may_carry_far_more_than_an_identification(rp: RelyingParty) -> None:
    big = SIGN | {"userVisibleData": "QUJD" * 10_000, "userNonVisibleData": "QUJD" * 50_000}
    assert rp.post("sign", big).status_code == 200
    assert_error(rp.post("auth", big), 400, "invalidParameters")


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::1"])
def test_both_kinds_of_ip_address(rp: RelyingParty, address: str) -> None:
    assert rp.post("auth", {"endUserIp": address}).status_code == 200


@pytest.mark.parametrize(
    "extra",
    [
        {"endUserIp": "198.51.100.256"},
        {"endUserIp": "fe80::1%eth0"},
        {"endUserIp": None},
        {"personalNumber": "199908072391"},
        {"enduserip": "198.51.100.7"},
        {"userVisibleData": ""},
        {"userVisibleData": "inte base64!"},
        {"userVisibleData": "QUJ"},
        {"userVisibleData": "QUJ="},
        {"userVisibleData": "/////w=="},
        {"userVisibleData": "QUJD" * 375 + "QQ=="},
        {"userNonVisibleData": "QUJD" * 376},
        {"userVisibleDataFormat": "html"},
        {"returnUrl": ""},
        {"returnUrl": "u" * 513},
        {"returnRisk": "true"},
        {"web": {}},
        {"web": {"referringDomain": "EXAMPLE.se"}},
        {"web": {"referringDomain": "se"}},
        {"web": {"referringDomain": "värme.example"}},
        {"web": {"userAgent": "u" * 257}},
        {"web": {"deviceIdentifier": "d" * 65}},
        {"web": {"sessionId": "1"}},
        {"app": {}},
        {"app": {"deviceOS": 7}},
        {"web": {"userAgent": "u"}, "app": {"deviceOS": "iOS"}},
        {"requirement": {"pinCode": 1}},
        {"requirement": {"cardReader": "class3"}},
        {"requirement": {"personalNumber": "9908072391"}},
        {"requirement": {"personalNumber": "19990807-2391"}},
        {"requirement": {"personalNumber": "\uff11\uff19\uff19\uff1908072391"}},
        {"requirement": {"risk": "high"}},
        {"requirement": {"certificatePolicies": []}},
        {"requirement": {"certificatePolicies": ["1.2.*"]}},
        {"requirement": {"certificatePolicies": ["1.2.*.78.1"]}},
        {"requirement": {"tokenStartRequired": True}},
        {"requirement": None},
    ],
)
def test_a_wrong_field_is_refused(rp: RelyingParty, control: Control, extra: dict) -> None:
    assert_error(rp.post("auth", AUTH | extra), 400, "invalidParameters")
    assert control.orders() == []


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("auth", {}),
        ("sign", AUTH),
        ("payment", AUTH),
        ("payment", PAYMENT | {"riskFlags": ["unheardOf"]}),
        ("payment", AUTH | {"userVisibleTransaction": {"transactionType": "swish"}}),
        (
            "payment",
            AUTH
            | {
                "userVisibleTransaction": {
                    "transactionType": "npa",
                    "recipient": {"name": "Verket"},
                    "money": {"amount": "100.00", "currency": "SEK"},
                }
            },
        ),
        ("phone/auth", {"personalNumber": "199908072391"}),
        ("phone/auth", {"callInitiator": "RP"}),
        ("phone/auth", PHONE_AUTH | {"callInitiator": "rp"}),
        ("phone/auth", PHONE_AUTH | {"endUserIp": "198.51.100.7"}),
        ("phone/auth", PHONE_AUTH | {"requirement": {"mrtd": True}}),
        ("phone/sign", PHONE_AUTH),
        ("collect", {}),
        ("collect", {"orderRef": 7}),
        ("cancel", {"orderRef": ""}),
    ],
)
def test_missing_or_foreign_members_are_refused(rp: RelyingParty, endpoint: str, body: dict) -> None:
    assert_error(rp.post(endpoint, body), 400, "invalidParameters")


def test_a_payment_may_name_an_amount(rp: RelyingParty) -> None:
    transaction = {
        "transactionType": "npa",
        "recipient": {"name": "Verket"},
        "money": {"amount": "100,00", "currency": "SEK"},
        "riskWarning": "newRecipient",
    }
    body = AUTH | {"userVisibleTransaction": transaction, "riskFlags": ["newCard", "other"]}
    assert rp.post("payment", body).status_code == 200


@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=utf-8", "application/json;charset=UTF-8", "text/plain", None],
)
def test_the_media_type_must_be_json_and_nothing_more(rp: RelyingParty, media_type: str | None) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    response = rp.http.post("/rp/v6.0/auth", content=b'{"endUserIp":"::1"}', headers=headers)
    assert_error(response, 415, "unsupportedMediaType")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"endUserIp=::1",
        b"[]",
        b'"text"',
        b'{"endUserIp":"::1"',
        b'{"endUserIp":"::1","endUserIp":"::1"}',
        b'{"endUserIp":NaN}',
        b'{"endUserIp":"\xff"}',
        b'{"a":' * 20_000,
        b'{"endUserIp":"::1"}' + b" " * 400_000,
    ],
)
def test_a_body_that_is_not_one_json_object_is_refused(rp: RelyingParty, content: bytes) -> None:
    response = rp.http.post("/rp/v6.0/auth", content=content, headers={"Content-Type": "application/json"})
    assert_error(response, 400, "invalidParameters")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("endpoint", ["auth", "sign", "payment", "phone/auth", "phone/sign", "collect", "cancel"])
def test_only_post(rp: RelyingParty, method: str, endpoint: str) -> None:
    response = rp.http.request(method, f"/rp/v6.0/{endpoint}")
    assert_error(response, 405, "methodNotAllowed")
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize("path", ["login", "auth/extra", "phone", "Auth"])
def test_an_unknown_endpoint(rp: RelyingParty, path: str) -> None:
    assert_error(rp.post(path, AUTH), 404, "notFound")


@pytest.mark.parametrize("endpoint", ["collect", "cancel"])
def test_an_unknown_order(rp: RelyingParty, endpoint: str) -> None:
    response = rp.post(endpoint, {"orderRef": "131daac9-16c6-4618-beb0-365768f37288"})
    assert_error(response, 400, "invalidParameters")
    assert response.json()["details"] == "No such order"


def test_cancel_ends_the_order_for_the_relying_party(rp: RelyingParty) -> None:
    order = rp.auth()
    response = rp.post("cancel", {"orderRef": order["orderRef"]})
    assert (response.status_code, response.json()) == (200, {})
    for endpoint in ("cancel", "collect"):
        response = rp.post(endpoint, {"orderRef": order["orderRef"]})
        assert_error(response, 400, "invalidParameters")
