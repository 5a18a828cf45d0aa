"""What single services must be told about this machine, beside database, broker and address."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from chassis.peers import WHO_ASKS
from chassis.settings import prefix_of
from runner import keys
from runner.layout import PortPlan

SIMULATED_CLIENT = ("minasidor-development", "not-a-secret-outside-development")
"""Login that the Bolagsverket and SMS simulators let in by default."""
SPAR_CUSTOMER = ("500243", "637")
"""Customer and assignment that the population register's simulator knows; published for SPAR's own test environment."""


def public_keys(secrets: Mapping[str, Any]) -> dict[str, str]:
    """Keys that everybody may have: who signs tokens, whom to seal for."""
    return {
        "MINASIDOR_GATEWAY_JWKS": keys.public_jwks(secrets["gateway_jwk"]),
        "MINASIDOR_NOTIFY_JWKS": keys.public_jwk(secrets["notify_jwk"]),
        "MINASIDOR_IDENTITY_JWKS": keys.public_jwk(secrets["identity_jwk"]),
    }


def special(service: str, ports: PortPlan, secrets: Mapping[str, Any]) -> dict[str, str]:
    """The settings of one service that no other has."""
    client, password = SIMULATED_CLIENT
    match service:
        case "identity":
            return {
                "IDENTITY_BANKID_URL": loopback(ports, "bankid"),
                "IDENTITY_BANKID_LAUNCH_URL": f"http://localhost:{ports.bankid}/",
                "IDENTITY_SPAR_URL": f"{loopback(ports, 'spar')}/2023.1/",
                "IDENTITY_SPAR_CUSTOMER_NUMBER": SPAR_CUSTOMER[0],
                "IDENTITY_SPAR_ASSIGNMENT_ID": SPAR_CUSTOMER[1],
                "IDENTITY_PERSONAL_NUMBER_KEY": secrets["personal_number_key"],
                "IDENTITY_PERSONAL_NUMBER_PEPPER": secrets["personal_number_pepper"],
                "IDENTITY_ACTIVITY_JWKS": keys.public_jwk(secrets["activity_jwk"]),
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
                "ORG_REGISTRY_DOCUMENT_KEY": secrets["document_key"],
                "ORG_REGISTRY_OPERATOR_EMAIL": "kundservice@exempelverken.example",
                "ORG_REGISTRY_OPERATOR_ADDRESS": "Exempelverken|Att: Kundservice|Box 1500|581 15 Linköping",
            }
        case "activity":
            return {"ACTIVITY_SEAL_PRIVATE_JWKS": json.dumps({"keys": [secrets["activity_jwk"]]})}
        case "invitations" | "billing":
            kept = "address" if service == "invitations" else "share"
            return {
                f"{prefix_of(service)}_ADDRESS_KEY": secrets[f"{kept}_key"],
                f"{prefix_of(service)}_ADDRESS_PEPPER": secrets[f"{kept}_pepper"],
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


def peers(service: str, secrets: Mapping[str, Any], address: Callable[[str], str]) -> dict[str, str]:
    """Keys and addresses of services that ask each other directly; ``address`` says where one answers."""
    prefix, settings = prefix_of(service), dict[str, str]()
    for asked, askers in WHO_ASKS.items():
        if service == asked:
            public = {asker: json.loads(keys.public_jwks(secrets[f"{asker}_peer_jwk"])) for asker in askers}
            settings[f"{prefix}_PEER_JWKS"] = json.dumps(public)
        if service in askers:
            settings[f"{prefix}_PEER_PRIVATE_JWK"] = json.dumps(secrets[f"{service}_peer_jwk"])
            settings[f"{prefix}_{prefix_of(asked)}_ADDRESS"] = address(asked)
    return settings


def for_worker(service: str, secrets: Mapping[str, Any]) -> dict[str, str]:
    """What only the worker of a service may know: notify's key opens addresses, identity's opens exported data."""
    if service == "notify":
        return {"NOTIFY_NOTIFY_PRIVATE_JWKS": json.dumps({"keys": [secrets["notify_jwk"]]})}
    if service == "identity":
        return {"IDENTITY_IDENTITY_PRIVATE_JWKS": json.dumps({"keys": [secrets["identity_jwk"]]})}
    return {}


def loopback(ports: PortPlan, name: str) -> str:
    """The address of a simulator."""
    return f"http://127.0.0.1:{getattr(ports, name)}"
