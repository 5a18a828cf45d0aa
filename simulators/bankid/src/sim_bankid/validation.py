"""What BankID accepts in a request: the fields of each call with their types and limits.

A field that is not listed is refused, as in the real API.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim_bankid.domain.errors import RpError, invalid_parameters
from sim_bankid.domain.policies import well_formed

MAX_BODY = 400_000
"""Bytes; room for the largest text and the largest invisible data of a signature."""

_MAX_POLICY = 100

Check = Callable[[object], bool]


@dataclass(frozen=True)
class Field:
    """One member: a check of its value, or the shape of the object it must be."""

    check: Check | Shape
    required: bool = False


@dataclass(frozen=True)
class Shape:
    """The members of a JSON object; `some` demands at least one of them."""

    fields: Mapping[str, Field]
    some: bool = False


def parse(content_type: str | None, body: bytes) -> dict[str, object]:
    """The JSON object of a request.

    Raises 415 unless the media type is exactly `application/json` (a charset is too much), and
    400 invalidParameters for anything that is not one JSON object.
    """
    if (content_type or "").strip().lower() != "application/json":
        raise RpError(415, "unsupportedMediaType", "Content-Type must be application/json")
    if len(body) > MAX_BODY:
        raise invalid_parameters("Request too large")
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_members, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise invalid_parameters("Invalid JSON") from None
    if not isinstance(value, dict):
        raise invalid_parameters("Invalid JSON")
    return value


def check(shape: Shape, value: object, path: str = "") -> None:
    """Raise 400 invalidParameters, naming the field, unless the value has this shape."""
    if not isinstance(value, dict):
        raise invalid_parameters(f"Invalid parameter: {path or 'body'}")
    for name in value.keys() - shape.fields.keys():
        raise invalid_parameters(f"Unknown parameter: {path}{name[:100]}")
    if shape.some and not value:
        raise invalid_parameters(f"Invalid parameter: {path.rstrip('.')}")
    for name, rule in shape.fields.items():
        if name not in value:
            if rule.required:
                raise invalid_parameters(f"Missing parameter: {path}{name}")
        elif isinstance(rule.check, Shape):
            check(rule.check, value[name], f"{path}{name}.")
        elif not rule.check(value[name]):
            raise invalid_parameters(f"Invalid parameter: {path}{name}")


def request_for(endpoint: str, value: dict[str, object]) -> dict[str, object]:
    """Check the body of a call (`auth`, `phone/sign`, `collect` ...); the same body back."""
    check(SHAPES[endpoint], value)
    if "web" in value and "app" in value:
        raise invalid_parameters("web and app exclude each other")
    return value


# ---- checks
def _text(least: int, most: int, pattern: str | None = None) -> Check:
    compiled = re.compile(pattern) if pattern else None

    def ok(value: object) -> bool:
        return (
            isinstance(value, str)
            and least <= len(value) <= most
            and (compiled is None or compiled.fullmatch(value) is not None)
        )

    return ok


def _base64(most: int, *, utf8: bool) -> Check:
    def ok(value: object) -> bool:
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            return False
        try:
            data = base64.b64decode(value, validate=True)
            if utf8:
                data.decode("utf-8")
        except ValueError:
            return False
        return base64.b64encode(data).decode() == value

    return ok


def _one_of(*choices: str) -> Check:
    return lambda value: isinstance(value, str) and value in choices


def _boolean(value: object) -> bool:
    return isinstance(value, bool)


def _ip(value: object) -> bool:
    if not isinstance(value, str) or "%" in value:
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _list_of(item: Check) -> Check:
    return lambda value: isinstance(value, list) and bool(value) and all(map(item, value))


def _policy(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_POLICY and well_formed(value)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(name)


# ---- shapes
_PERSONAL_NUMBER = _text(12, 12, "[0-9]{12}")
_DEVICE_TEXT = Field(_text(1, 256))
_DEVICE_IDENTIFIER = Field(_text(1, 64))

_PHONE_REQUIREMENT = {
    "pinCode": Field(_boolean),
    "cardReader": Field(_one_of("class1", "class2")),
    "certificatePolicies": Field(_list_of(_policy)),
}
_REQUIREMENT = _PHONE_REQUIREMENT | {
    "mrtd": Field(_boolean),
    "personalNumber": Field(_PERSONAL_NUMBER),
    "risk": Field(_one_of("low", "moderate")),
}
_WEB = Shape(
    {
        "referringDomain": Field(_text(3, 253, r"[a-z0-9.-]+")),
        "userAgent": Field(_text(1, 256)),
        "deviceIdentifier": _DEVICE_IDENTIFIER,
    },
    some=True,
)
_APP = Shape(
    {
        "appIdentifier": _DEVICE_TEXT,
        "deviceOS": _DEVICE_TEXT,
        "deviceModelName": _DEVICE_TEXT,
        "deviceIdentifier": _DEVICE_IDENTIFIER,
    },
    some=True,
)
_ON_DEVICE = {
    "endUserIp": Field(_ip, required=True),
    "returnUrl": Field(_text(1, 512)),
    "returnRisk": Field(_boolean),
    "requirement": Field(Shape(_REQUIREMENT)),
    "web": Field(_WEB),
    "app": Field(_APP),
}
_ON_PHONE = {
    "personalNumber": Field(_PERSONAL_NUMBER, required=True),
    "callInitiator": Field(_one_of("user", "RP"), required=True),
    "requirement": Field(Shape(_PHONE_REQUIREMENT)),
}
_FORMAT = {"userVisibleDataFormat": Field(_one_of("plaintext", "simpleMarkdownV1"))}
_AUTH_DATA = _FORMAT | {
    "userVisibleData": Field(_base64(1_500, utf8=True)),
    "userNonVisibleData": Field(_base64(1_500, utf8=False)),
}
_SIGN_DATA = _FORMAT | {
    "userVisibleData": Field(_base64(40_000, utf8=True), required=True),
    "userNonVisibleData": Field(_base64(200_000, utf8=False)),
}
_MONEY = Shape(
    {
        "amount": Field(_text(1, 20, r"[0-9]+(,[0-9]{1,4})?"), required=True),
        "currency": Field(_text(3, 3, "[A-Z]{3}"), required=True),
    }
)
_TRANSACTION = Shape(
    {
        "transactionType": Field(_one_of("card", "npa"), required=True),
        "recipient": Field(Shape({"name": Field(_text(1, 100), required=True)}), required=True),
        "money": Field(_MONEY),
        "riskWarning": Field(_text(1, 100)),
    }
)
_RISK_FLAGS = _list_of(
    _one_of(
        "newCard", "newCustomer", "newRecipient", "highRiskRecipient", "largeAmount",
        "foreignCurrency", "cryptoCurrencyPurchase", "moneyTransfer", "overseasTransaction",
        "recurringPayment", "suspiciousPaymentPattern", "other",
    )
)  # fmt: skip
_PAYMENT = {
    "userVisibleTransaction": Field(_TRANSACTION, required=True),
    "riskFlags": Field(_RISK_FLAGS),
}
_ORDER_REF = Shape({"orderRef": Field(_text(1, 100), required=True)})

SHAPES: Mapping[str, Shape] = {
    "auth": Shape(_ON_DEVICE | _AUTH_DATA),
    "sign": Shape(_ON_DEVICE | _SIGN_DATA),
    "payment": Shape(_ON_DEVICE | _AUTH_DATA | _PAYMENT),
    "phone/auth": Shape(_ON_PHONE | _AUTH_DATA),
    "phone/sign": Shape(_ON_PHONE | _SIGN_DATA),
    "collect": _ORDER_REF,
    "cancel": _ORDER_REF,
}
