"""BankID's answers as they stand on the wire: strict in what we need, blind to what we do not know (B17)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Token = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\A[\x21-\x7e]+\Z")]
Code = Annotated[str, Meta(max_length=100, pattern=r"\A[A-Za-z0-9_.-]*\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\A[^\x00-\x1f\x7f<>]+\Z")]
Base64 = Annotated[str, Meta(min_length=1, max_length=200_000, pattern=r"\A[A-Za-z0-9+/]+={0,2}\Z")]


class Started(msgspec.Struct, frozen=True, rename="camel"):
    """Answer of ``/auth``."""

    order_ref: Token
    auto_start_token: Token
    qr_start_token: Token
    qr_start_secret: Token


class User(msgspec.Struct, frozen=True, rename="camel"):
    """Who it was."""

    personal_number: Annotated[str, Meta(pattern=r"\A[0-9]{12}\Z")]
    name: Name
    given_name: Name
    surname: Name


class Device(msgspec.Struct, frozen=True, rename="camel"):
    """Where the app ran."""

    ip_address: Annotated[str, Meta(max_length=64)] | None = None


class CompletionData(msgspec.Struct, frozen=True, rename="camel"):
    """The result. ``signature`` and ``ocsp_response`` are the proof."""

    user: User
    signature: Base64
    ocsp_response: Base64
    device: Device = Device()
    risk: Annotated[str, Meta(max_length=20)] | None = None


class Collected(msgspec.Struct, frozen=True, rename="camel"):
    """Answer of ``/collect``."""

    order_ref: Token
    status: Code
    hint_code: Code = ""
    completion_data: msgspec.Raw = msgspec.Raw(b"")


class Refusal(msgspec.Struct, frozen=True, rename="camel"):
    """Body of an error. ``details`` is for nobody's eyes and is not even read."""

    error_code: Code = ""


START = msgspec.json.Decoder(Started)
COLLECT = msgspec.json.Decoder(Collected)
COMPLETION = msgspec.json.Decoder(CompletionData)
REFUSAL = msgspec.json.Decoder(Refusal)
