"""A service asks another by its own key: believed for what it is, and for nothing more."""

import json
import threading
from dataclasses import replace

import pytest
from werkzeug.serving import make_server

from chassis import app as chassis_app
from chassis import tokens
from chassis.errors import Unavailable
from chassis.http.access import internal
from chassis.http.routes import Routes
from chassis.peers import Peer
from chassis.settings import Settings, SettingsError
from chassis.testing import principal
from chassis.transaction import Principal

GATEWAY, CASES, OTHER = (tokens.generate_key(kid) for kid in ("g", "c", "o"))
PEERS = json.dumps({"cases": json.loads(tokens.public_jwks(CASES))})
BASE = Settings(service="identity", environment="test", database_url="postgresql://nowhere")


def verifier():
    return tokens.Verifier(tokens.public_jwks(GATEWAY), "identity", PEERS)


def test_a_peer_is_believed_to_be_itself_and_nothing_more():
    boastful = principal(service="gateway", staff=frozenset({"customer-service"}), name="Karin")
    token = tokens.Minter(CASES, issuer="cases").mint("identity", boastful)
    assert verifier().verify(token).principal == Principal(service="cases")


@pytest.mark.parametrize(
    ("key", "issuer", "audience"),
    [
        (CASES, "gateway", "identity"),
        (CASES, "orders", "identity"),
        (CASES, "cases", "billing"),
        (OTHER, "cases", "identity"),
        (OTHER | {"kid": "c"}, "cases", "identity"),
        (GATEWAY, "cases", "identity"),
    ],
    ids=["posing as the gateway", "as another", "for another", "unknown key", "forged kid", "the gateway's key"],
)
def test_C33_a_token_counts_only_under_its_issuers_own_key(key, issuer, audience):
    token = tokens.Minter(key, issuer=issuer).mint(audience, Principal(service=issuer))
    with pytest.raises(tokens.InvalidToken):
        verifier().verify(token)


def test_the_gateways_tokens_are_believed_as_before():
    who = principal()
    assert verifier().verify(tokens.Minter(GATEWAY).mint("identity", who)).principal == who


@pytest.mark.parametrize("peers", ["[]", "{", '{"cases": 1}', '{"cases": {"keys": []}}', '{"gateway": {"keys": []}}'])
def test_bad_keys_of_peers_stop_the_start(peers):
    with pytest.raises(SettingsError, match="peer_jwks"):
        chassis_app.create_app(
            replace(BASE, gateway_jwks=tokens.public_jwks(GATEWAY), peer_jwks=peers), [], title="t", make_database=None
        )


# ---- over the network
@pytest.fixture
def address(subscriber, tmp_path):
    routes = Routes("things", "Things")

    @routes.post("/internal/things", access=internal("cases", "orders"), summary_sv="Sak", summary_en="Thing")
    def make_thing(tx):
        del tx

    @routes.delete("/internal/things", access=internal("orders"), summary_sv="Sak", summary_en="Thing")
    def remove_thing(tx):
        del tx

    settings = replace(subscriber.settings, service="identity", peer_jwks=PEERS, gateway_jwks="")
    made = chassis_app.create_app(settings, [routes], title="t", make_database=None)
    made.extensions["chassis"].make_database = lambda _settings: subscriber
    path = tmp_path / "identity.sock"
    server = make_server(f"unix://{path}", 0, made, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"unix:{path}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def peer(address, **changes):
    values = {"service": "cases", "peer_private_jwk": json.dumps(CASES)}
    return Peer("identity", address, replace(BASE, **(values | changes)))


def test_a_service_asks_another_over_a_socket_and_is_known(address):
    asking = peer(address)
    assert asking.post("/v1/internal/things", {}) == (204, {})
    status, problem = asking.delete("/v1/internal/things")
    assert (status, problem["code"]) == (403, "forbidden")
    asking.close()


def test_who_is_no_peer_is_refused(address):
    stranger = peer(address, service="orders", peer_private_jwk=json.dumps(OTHER))
    assert stranger.post("/v1/internal/things", {})[0] == 401
    stranger.close()


def test_A27_one_that_does_not_answer_is_unavailable_and_soon_not_asked_again():
    asking = peer("127.0.0.1:9")
    for _ in range(7):
        with pytest.raises(Unavailable):
            asking.post("/v1/internal/things", {})
    assert not asking._breaker.allow()
    asking.close()


@pytest.mark.parametrize(
    "changes", [{"peer_private_jwk": ""}, {"peer_private_jwk": "{"}, {"peer_private_jwk": "{}"}], ids=str
)
def test_without_a_key_of_ones_own_nobody_is_asked(changes):
    with pytest.raises(SettingsError, match="peer_private_jwk"):
        peer("localhost:1", **changes)
    with pytest.raises(SettingsError, match="address"):
        peer("")
