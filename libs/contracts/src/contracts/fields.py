"""The field types that events share, each with its unit and bounds."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

CustomerNumber = Annotated[
    str, Meta(pattern="^[0-9A-Za-z-]{1,20}$", description="The batch billing system's customer number.")
]
AgreementNumber = Annotated[
    str, Meta(pattern="^[0-9A-Za-z-]{1,30}$", description="The batch billing system's agreement number.")
]
InvoiceNumber = Annotated[
    str, Meta(pattern="^[0-9A-Za-z-]{1,20}$", description="The running invoice number, unique per issuer.")
]
Ocr = Annotated[
    str,
    Meta(
        pattern="^[0-9]{2,25}$",
        description="Payment reference with Luhn check digit last (Bankgirot, domain facts 4.3).",
    ),
]
Ore = Annotated[int, Meta(description="Swedish öre, an integer; 100 öre are one krona.")]
FacilityId = Annotated[
    str,
    Meta(
        pattern="^[0-9A-Za-z-]{1,30}$",
        description="Anläggnings-id of the metering point (a GSRN of 18 digits for electricity).",
    ),
]
MeterNumber = Annotated[str, Meta(min_length=1, max_length=30, description="The number printed on the meter.")]
CubicMetres = Annotated[int, Meta(ge=0, description="Whole cubic metres on the counter (D24).")]
PersonalNumber = Annotated[
    str,
    Meta(
        pattern="^[0-9]{12}$",
        description="Personal identity number, 12 digits. Only identity may receive it (D23).",
    ),
]
OrganisationNumber = Annotated[
    str,
    Meta(pattern="^[0-9]{10}$", description="Organisation number, 10 digits. Only org-registry may receive it."),
]
Sealed = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$",
        description=(
            "JWE (ECDH-ES+A256KW, X25519) that only notify can open: addresses, links and codes "
            "never stand in clear on the broker or in a table."
        ),
    ),
]
SealedName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$",
        description="JWE (ECDH-ES+A256KW, X25519) that only its receiver can open: what a person is called.",
    ),
]
Locale = Annotated[str, Meta(pattern="^(sv|en)$", description="The person's language.")]
DeviceName = Annotated[
    str,
    Meta(pattern="^[A-Za-z ]{1,30}$", description="Name of a browser or operating system, from our own list."),
]
ServiceName = Annotated[str, Meta(pattern="^[a-z][a-z-]{0,39}$", description="A service of the suite, by folder name.")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in hexadecimal digits.")]
SignPurpose = Annotated[
    str, Meta(pattern="^[a-z][a-z0-9-]{0,39}$", description="What a signature is for, in the requester's terms.")
]
PROTECTED_NAME = {"sv": "Skyddad identitet", "en": "Protected identity"}
"""What stands for the name of a person with protected identity wherever others read it (J9). Identity hands out the
Swedish one in place of the name; who shows it says it in the reader's language."""
ShortText = Annotated[str, Meta(min_length=1, max_length=200)]
LongText = Annotated[str, Meta(max_length=2000)]
