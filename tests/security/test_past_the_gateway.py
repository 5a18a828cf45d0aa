"""C3, C33: a service believes nobody but the gateway, whatever comes in over its own socket or in a header."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
import time

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from tests.security.matrix import ROWS, example_body
from tests.security.web import ask, direct

from chassis import scopes
from chassis.ids import new_id
from chassis.tokens import ALGORITHMS, ISSUER, Minter, generate_key
from chassis.transaction import Principal
from contracts.catalogue import SERVICES

pytestmark = pytest.mark.journey
GUARDED = [row for row in ROWS if row.access != "public"]
INTERNAL = [row for row in ROWS if row.access == "internal"]
WHO = "01980000-0000-7000-8000-000000000001"
POSING = {
    "X-User-Id": WHO,
    "X-Person-Id": WHO,
    "X-Account-Id": WHO,
    "X-Scopes": "metering:read billing:read",
    "X-Role": "owner",
    "X-Service": "gateway",
    "X-Forwarded-User": WHO,
    "X-Service-Token": "x",
    "X-Sealed-Personal-Number": "x",
    "X-Original-Method": "GET",
    "X-Question": "public",
    "X-Session": "x" * 43,
    "Forwarded": "for=127.0.0.1;by=gateway",
    "Minasidor-Account": WHO,
    "Cookie": f"__Host-sid={'x' * 43}",
}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def forged(suite):
    """Tokens that no service may believe, by what is wrong with them; made anew for each service."""
    key = suite.planner.secrets["gateway_jwk"]
    anybody = Principal(
        person_id=new_id(),
        account_id=new_id(),
        membership_id=new_id(),
        role="owner",
        scopes=scopes.ALL,
        service="gateway",
    )

    def signed(claims, private=key):
        header = {"alg": ALGORITHMS[0], "kid": key["kid"]}
        return jwt.encode(header, claims, OKPKey.import_key(private), algorithms=ALGORITHMS)

    def for_(service):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": service, "iat": now, "exp": now + 60, "sub": WHO, "acc": WHO, "svc": "gateway"}
        unsigned = f"{part({'alg': 'none', 'kid': key['kid']})}.{part(claims)}."
        public = json.dumps(OKPKey.import_key(key).as_dict(private=False)).encode()
        confused = f"{part({'alg': 'HS256', 'kid': key['kid']})}.{part(claims)}"
        mac = hmac.new(public, confused.encode(), hashlib.sha256).digest()
        good = Minter(key).mint(service, anybody)
        return {
            "none": None,
            "garbage": "x.y.z",
            "other audience": Minter(key).mint("gateway" if service != "gateway" else "billing", anybody),
            "neighbour's": Minter(key).mint(SERVICES[SERVICES.index(service) - 1], anybody),
            "expired": signed(claims | {"iat": now - 3600, "exp": now - 3540}),
            "lives too long": signed(claims | {"exp": now + 3600}),
            "from tomorrow": signed(claims | {"iat": now + 86_400, "exp": now + 86_460}),
            "other issuer": signed(claims | {"iss": "somebody"}),
            "alg none": unsigned,
            "key confusion": f"{confused}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}",
            "other key": Minter(generate_key(key["kid"])).mint(service, anybody),
            "altered": good[:-6] + ("AAAAAA" if not good.endswith("AAAAAA") else "BBBBBB"),
            "no signature": good.rsplit(".", 1)[0] + ".",
        }

    return for_


def socket_of(suite, service):
    return suite.planner.layout.sockets / f"{service}.sock"


@pytest.mark.parametrize("service", SERVICES)
def test_C33_a_service_asked_past_the_gateway_believes_no_forged_token_and_no_header(suite, forged, service):
    tokens = forged(service)
    for row in GUARDED:
        if row.service != service:
            continue
        path = row.address().removeprefix(f"/api/{service}")
        for flaw, token in tokens.items():
            headers = POSING | ({"Authorization": f"Bearer {token}"} if token else {})
            status, body = direct(
                socket_of(suite, service), row.method, path, headers=headers, body=example_body_of(row)
            )
            assert (status, body["code"]) == (401, "not-logged-in"), f"{row}, token {flaw}: {status} {body}"


def example_body_of(row):
    return {} if row.access == "internal" else example_body(row)


@pytest.mark.parametrize("row", INTERNAL, ids=str)
def test_C3_an_internal_route_takes_no_persons_token_even_a_good_one(suite, row):
    minter = Minter(suite.planner.secrets["gateway_jwk"])
    path = row.address().removeprefix(f"/api/{row.service}")
    staff = frozenset({"customer-service", "gateway"})
    for principal in (
        Principal(person_id=new_id(), account_id=new_id(), role="owner", scopes=scopes.ALL | {"gateway"}, staff=staff),
        Principal(service="billing"),
    ):
        headers = {"Authorization": f"Bearer {minter.mint(row.service, principal)}"}
        status, body = direct(socket_of(suite, row.service), row.method, path, headers=headers)
        assert (status, body["code"]) == (403, "forbidden")


def test_C33_a_good_token_is_believed_so_the_refusals_above_mean_something(suite, stage):
    minter = Minter(suite.planner.secrets["gateway_jwk"])
    somebody = Principal(person_id=new_id(), account_id=new_id(), role="owner", scopes=scopes.ALL)
    headers = {"Authorization": f"Bearer {minter.mint('billing', somebody)}"}
    status, body = direct(socket_of(suite, "billing"), "GET", "/v1/invoices", headers=headers)
    assert (status, body["items"]) == (200, [])


def test_C33_the_gateway_passes_on_none_of_the_headers_by_which_one_could_pose(suite, stage):
    minter = Minter(suite.planner.secrets["gateway_jwk"])
    victim = Principal(person_id=new_id(), account_id=new_id(), role="owner", scopes=scopes.ALL, service="gateway")
    for service, path in (("org-registry", "/v1/account"), ("billing", "/v1/invoices"), ("identity", "/v1/me")):
        posing = POSING | {"Authorization": f"Bearer {minter.mint(service, victim)}"}
        del posing["Cookie"], posing["Minasidor-Account"]
        answer = ask(stage.browser("anonymous"), "GET", f"/api/{service}{path}", headers=posing)
        assert (answer.status, answer.code) == (401, "not-logged-in")
        mine = ask(stage.browser("A1"), "GET", f"/api/{service}{path}")
        assert ask(stage.browser("A1"), "GET", f"/api/{service}{path}", headers=posing).json == mine.json


def test_C33_the_sockets_are_closed_to_other_users_of_the_machine(suite):
    mode = stat.S_IMODE(suite.planner.layout.sockets.stat().st_mode)
    assert mode == 0o700
