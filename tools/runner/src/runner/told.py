"""What single services must be told about this machine, beside database, broker and address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runner import keys
from runner.layout import PortPlan

SIMULATED_CLIENT = ("minasidor-development", "not-a-secret-outside-development")
"""Login that the Bolagsverket and SMS simulators let in by default."""


def public_keys(secrets: Mapping[str, Any]) -> dict[str, str]:
    """Keys that everybody may have: who signs tokens, whom to seal for."""
    return {
        "MINASIDOR_GATEWAY_JWKS": keys.public_jwks(secrets["gateway_jwk"]),
        "MINASIDOR_NOTIFY_JWKS": keys.public_jwk(secrets["notify_jwk"]),
    }


def special(service: str, ports: PortPlan, secrets: Mapping[str, Any]) -> dict[str, str]:
    """The settings of one service that no other has."""
    client, password = SIMULATED_CLIENT
    match service:
        case "identity":
            return {
                "IDENTITY_BANKID_URL": loopback(ports, "bankid"),
                "IDENTITY_BANKID_LAUNCH_URL": f"http://localhost:{ports.bankid}/",
                "IDENTITY_PERSONAL_NUMBER_KEY": secrets["personal_number_key"],
                "IDENTITY_PERSONAL_NUMBER_PEPPER": secrets["personal_number_pepper"],
                "IDENTITY_SEAL_JWKS": json.dumps(
                    {"org-registry": json.loads(keys.public_jwk(secrets["org_registry_jwk"]))}
                ),
            }
        case "org-registry":
            return {
                "ORG_REGISTRY_BOLAGSVERKET_URL": f"{loopback(ports, 'bolagsverket')}/foretagsinformation/v4",
                "ORG_REGISTRY_BOLAGSVERKET_TOKEN_URL": f"{loopback(ports, 'bolagsverket')}/oauth2/token",
                "ORG_REGISTRY_BOLAGSVERKET_CLIENT_ID": client,
                "ORG_REGISTRY_BOLAGSVERKET_CLIENT_SECRET": password,
                "ORG_REGISTRY_ORGANISATION_NUMBER_KEY": secrets["organisation_number_key"],
                "ORG_REGISTRY_ORGANISATION_NUMBER_PEPPER": secrets["organisation_number_pepper"],
                "ORG_REGISTRY_SEAL_PRIVATE_JWKS": json.dumps({"keys": [secrets["org_registry_jwk"]]}),
            }
        case "invitations":
            return {
                "INVITATIONS_ADDRESS_KEY": secrets["address_key"],
                "INVITATIONS_ADDRESS_PEPPER": secrets["address_pepper"],
            }
        case "notify":
            return {
                "NOTIFY_SMTP_URL": f"smtp://127.0.0.1:{ports.smtp}",
                "NOTIFY_SMS_URL": loopback(ports, "postbox"),
                "NOTIFY_SMS_USER": client,
                "NOTIFY_SMS_PASSWORD": password,
            }
        case _:
            return {}


def for_worker(service: str, secrets: Mapping[str, Any]) -> dict[str, str]:
    """What only the worker of a service may know: notify's key opens addresses, and only when sending."""
    if service == "notify":
        return {"NOTIFY_NOTIFY_PRIVATE_JWKS": json.dumps({"keys": [secrets["notify_jwk"]]})}
    return {}


def loopback(ports: PortPlan, name: str) -> str:
    """The address of a simulator."""
    return f"http://127.0.0.1:{getattr(ports, name)}"
