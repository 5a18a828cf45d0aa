"""The policy by itself, in front of small real servers; what nginx adds is in test_through_nginx."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import tokens
from chassis.errors import Forbidden, NotFound, Unauthenticated
from chassis.ids import new_id, utcnow
from chassis.settings import SettingsError, load
from chassis.testing import wait_for
from gateway.api.decision import Policy, Question, csrf_token
from gateway.app import create_app
from gateway.schemas.problems import AccountSuspended, NoGrant, ServiceUnavailable
from gateway.schemas.routes import Operation, RouteTable
from gateway.settings import Settings
from gateway.upstreams import Grants, Sessions, Upstream, new_breaker

POLICY_KEY = tokens.generate_key("policy-test")
MINTER = tokens.Minter(POLICY_KEY)


@pytest.fixture
def upstream() -> Iterator[Callable[..., Upstream]]:
    """Make an upstream for some addresses; what it keeps open is closed afterwards."""
    made: list[Upstream] = []

    def make(*addresses: str, service: str = "identity", read_timeout: float = 2.0) -> Upstream:
        made.append(Upstream(service, list(addresses), MINTER, connect_timeout=0.5, read_timeout=read_timeout))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def policy(world: Any, environ: dict[str, str], upstream: Callable[..., Upstream]) -> Policy:
    def of(service: str) -> Upstream:
        return upstream(world.stubs[service].address, service=service)

    return Policy(
        table=RouteTable.load(environ["GATEWAY_ROUTES_FILE"]),
        sessions=Sessions(of("identity")),
        grants=Grants(of("org-registry")),
        minter=MINTER,
        origins=frozenset({"http://localhost:8080"}),
        deadline_seconds=5,
        upload_deadline_seconds=30,
        upload_above_bytes=1024 * 1024,
    )


def read(person: Any, path: str = "/api/billing/v1/invoices", **changes: Any) -> Question:
    values = {"asked_at": utcnow(), "method": "GET", "path": path, "session": person.token}
    return Question(**(values | changes))


class TestDecision:
    def test_a_read_may_be_repeated_through_the_second_in_which_it_was_asked_and_a_write_never(self, policy, world):
        person = world.log_in()
        question = read(person)
        permit = policy.decide(question)
        assert permit.good_through == int(question.asked_at.timestamp())
        assert question.asked_at.timestamp() + 5 <= permit.deadline <= question.asked_at.timestamp() + 6
        write = read(
            person,
            "/api/billing/v1/payments",
            method="POST",
            origin="http://localhost:8080",
            csrf_token=csrf_token(person.token),
            account=person.account_id,
        )
        assert policy.decide(write).good_through is None

    def test_where_nginx_and_the_policy_disagree_about_a_route_nothing_passes(self, policy, world):
        person = world.log_in()
        assert policy.decide(read(person, expected="account")).token
        for expected in ("public", "person", "account+name", ""):
            with pytest.raises(Forbidden) as refused:
                policy.decide(read(person, expected=expected))
            assert type(refused.value) is Forbidden

    def test_an_unknown_address_is_not_found_also_for_nobody(self, policy, world):
        for path in ("/api/billing/v1/nothing", "/internal/cases", "/api/cases/internal/cases", "", "*", "//"):
            with pytest.raises(NotFound):
                policy.decide(read(world.log_in(), path, method="POST"))

    def test_the_csrf_token_is_the_one_that_identity_tells(self):
        # HMAC-SHA256(key=session, "csrf"), base64url without padding: the value is fixed, both sides compute it.
        assert csrf_token("a" * 43) == "9lb4jCyWuwEak85scBVlnWy4Dg5UcE9eqTCBYkaAmgk"

    def test_a_session_is_asked_for_with_the_gateways_own_token(self, policy, world):
        policy.decide(read(world.log_in()))
        for service, path in (("identity", "/v1/internal/sessions"), ("org-registry", "/v1/internal/grants")):
            seen = world.stubs[service].last(path)
            assert seen.headers["authorization"].startswith("Bearer ")
            assert UUID(seen.headers["x-correlation-id"])

    def test_nobody_is_asked_about_a_request_without_a_session(self, policy, world):
        before = len(world.stubs["identity"].seen)
        with pytest.raises(Unauthenticated):
            policy.decide(Question(asked_at=utcnow(), method="GET", path="/api/billing/v1/invoices"))
        assert len(world.stubs["identity"].seen) == before


class TestUpstreams:
    def test_a_connection_is_kept_and_a_dead_one_is_replaced(self, world, upstream):
        person = world.log_in()
        sessions = Sessions(upstream(world.stubs["identity"].address))
        assert sessions.resolve(person.token, background=False)
        kept = sessions._upstream._idle[0]
        assert sessions.resolve(person.token, background=False)
        assert list(sessions._upstream._idle) == [kept]
        world.stubs["identity"].stop()
        world.stubs["identity"].start()
        assert sessions.resolve(person.token, background=False)

    def test_an_unknown_session_is_no_session(self, world, upstream):
        sessions = Sessions(upstream(world.stubs["identity"].address))
        assert sessions.resolve("x" * 43, background=False) is None

    def test_the_next_address_is_tried_where_one_is_dead(self, world, upstream):
        person = world.log_in()
        sessions = Sessions(upstream(f"unix:{world.folder}/nobody.sock", world.stubs["identity"].address))
        assert sessions.resolve(person.token, background=False)

    def test_tcp_works_as_well_as_a_unix_socket(self, upstream):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def serve() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")

            thread = threading.Thread(target=serve)
            thread.start()
            asked = upstream(f"127.0.0.1:{server.getsockname()[1]}")
            assert Sessions(asked).resolve("x", background=True) is None
            thread.join()

    def test_nobody_there_is_unavailable(self, world, upstream):
        with pytest.raises(ServiceUnavailable):
            Sessions(upstream(f"unix:{world.folder}/nobody.sock")).resolve("x", background=False)

    def test_a_slow_answer_is_unavailable_in_time(self, world, upstream):
        release = threading.Event()
        world.stubs["identity"].answer = lambda _: (200 if release.wait(20) else 500, {}, b"{}")
        started = time.monotonic()
        with pytest.raises(ServiceUnavailable):
            Sessions(upstream(world.stubs["identity"].address, read_timeout=0.2)).resolve("x", background=False)
        assert time.monotonic() - started < 1
        release.set()

    def test_a_grant_says_what_may_be_done(self, world, upstream):
        person = world.log_in()
        grants = Grants(upstream(world.stubs["org-registry"].address))
        grant = grants.find(UUID(person.person_id), UUID(person.account_id))
        assert grant is not None
        assert (grant.role, grant.read_only, grant.services) == ("owner", False, None)
        assert grants.find(UUID(person.person_id), new_id()) is None

    @pytest.mark.parametrize("path", ["/api/billing/v1/invoices", "/api/metering/v1/readings"])
    def test_FK9_a_view_is_for_who_is_customer_service_at_this_moment(self, world, policy, path):
        staff = world.log_in(staff=["customer-service"])
        view = world.grants[staff.person_id, staff.account_id] | {"role": "support", "scopes": ["billing:read"]}
        world.grants[staff.person_id, staff.account_id] = view | {"read_only": True}
        verifier = tokens.Verifier(tokens.public_jwks(POLICY_KEY), path.split("/")[2])
        principal = verifier.verify(policy.decide(read(staff, path)).token).principal
        assert (principal.role, principal.read_only, principal.scopes) == ("support", True, frozenset({"billing:read"}))
        assert str(principal.membership_id) == view["membership_id"]
        assert principal.staff == frozenset()
        for roles in ([], ["staff-admin"]):
            world.sessions[staff.token]["staff"] = roles
            with pytest.raises(NoGrant):
                policy.decide(read(staff, path))

    def test_FB12_a_suspended_account_is_told_apart_from_no_access(self, world, upstream, policy):
        person = world.log_in()
        world.suspended.add(person.account_id)
        with pytest.raises(AccountSuspended):
            Grants(upstream(world.stubs["org-registry"].address)).find(UUID(person.person_id), UUID(person.account_id))
        with pytest.raises(AccountSuspended):
            policy.decide(read(person))

    @pytest.mark.parametrize("body", [b"{}", b"", b"[]", b'{"code": 7}', b'{"code": "forbidden"}', b"\xff"])
    def test_FB12_any_other_refusal_by_org_registry_is_no_answer(self, world, upstream, body):
        world.stubs["org-registry"].answer = lambda _: (403, {"Content-Type": "application/problem+json"}, body)
        with pytest.raises(ServiceUnavailable):
            Grants(upstream(world.stubs["org-registry"].address)).find(new_id(), new_id())


class TestBreaker:
    def test_it_opens_after_five_failures_and_then_lets_one_try_a_second_through(self):
        now = [100.0]
        breaker = new_breaker(lambda: now[0])
        for _ in range(5):
            assert breaker.allow()
            breaker.failed()
        assert not breaker.allow()
        now[0] += 1.0
        assert breaker.allow()
        assert not breaker.allow()
        breaker.succeeded()
        assert breaker.allow()

    def test_five_failures_over_a_long_time_do_not_open_it(self):
        now = [100.0]
        breaker = new_breaker(lambda: now[0])
        for _ in range(20):
            breaker.failed()
            now[0] += 3.0
            assert breaker.allow()

    def test_while_it_is_open_nobody_is_asked(self, world, upstream):
        asked = upstream(f"unix:{world.folder}/nobody.sock")
        for _ in range(5):
            with pytest.raises(ServiceUnavailable):
                asked.post("/x", {})
        asked._addresses = [world.stubs["identity"].address]
        with pytest.raises(ServiceUnavailable):
            asked.post("/v1/internal/sessions", {"token": "x"})
        assert wait_for(lambda: _answered(asked), timeout=3)


def _answered(asked: Upstream) -> bool:
    try:
        return asked.post("/v1/internal/sessions", {"token": "x"})[0] == 401
    except ServiceUnavailable:
        return False


OPERATIONS = [
    Operation(service="billing", name="a", method="GET", path="/v1/invoices", access="account"),
    Operation(service="billing", name="b", method="GET", path="/v1/invoices/<uuid:one>", access="account"),
    Operation(service="billing", name="c", method="GET", path="/v1/years/<int:year>/costs", access="account"),
    Operation(service="org-registry", name="d", method="GET", path="/v1/things/<name>/parts.json", access="person"),
]
PIECES = st.sampled_from(
    [
        *("/api", "/billing", "/org-registry", "/v1", "/invoices", "/years", "/costs", "/things", "/parts.json"),
        *("/parts-json", "/2026", "/-1", "/", "//", "/..", "/å", "/x", "%2f", "?", "\n", "\x00", " "),
        "/0198f0f0-0000-7000-8000-000000000000",
    ]
)
PATHS = st.lists(PIECES, max_size=7).map("".join) | st.sampled_from([each.public_path for each in OPERATIONS])


class TestRouteTable:
    @given(PATHS)
    def test_nginx_never_lets_through_what_the_policy_does_not_know_as_the_same_route(self, path):
        table = RouteTable(OPERATIONS)
        found = [each for each in OPERATIONS if re.fullmatch(each.pattern, path)]
        for each in found:
            assert table.match("GET", path) is each

    @given(st.uuids(), st.integers(0, 9999), st.text("abcXYZ09-_.~@:", min_size=1, max_size=20))
    def test_what_a_service_calls_its_own_nginx_lets_through(self, one, year, name):
        table = RouteTable(OPERATIONS)
        for path in (
            "/api/billing/v1/invoices",
            f"/api/billing/v1/invoices/{one}",
            f"/api/billing/v1/years/{year}/costs",
            f"/api/org-registry/v1/things/{name}/parts.json",
        ):
            assert re.fullmatch(table.match("GET", path).pattern, path)

    def test_a_kind_of_placeholder_without_a_pattern_is_refused(self):
        with pytest.raises(ValueError, match="no pattern for <path"):
            _ = Operation(service="x", name="x", method="GET", path="/v1/<path:rest>", access="public").pattern

    def test_internal_routes_are_dropped_whatever_the_file_says(self):
        table = RouteTable([Operation(service="x", name="x", method="POST", path="/v1/x", access="internal")])
        with pytest.raises(NotFound):
            table.match("POST", "/api/x/v1/x")


class TestComposition:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"MINASIDOR_GATEWAY_PRIVATE_JWK": ""}, "MINASIDOR_GATEWAY_PRIVATE_JWK is missing"),
            ({"MINASIDOR_GATEWAY_PRIVATE_JWK": "{}"}, "not a private Ed25519 JWK"),
            ({"MINASIDOR_GATEWAY_PRIVATE_JWK": "no"}, "not a private Ed25519 JWK"),
            ({"GATEWAY_UPSTREAM_ORG_REGISTRY": ""}, "GATEWAY_UPSTREAM_ORG_REGISTRY is missing"),
        ],
    )
    def test_a_missing_setting_is_named_and_no_value_shown(self, environ, changes, message):
        with pytest.raises(SettingsError, match=message):
            create_app(load(Settings, "gateway", environ | changes))

    def test_the_policy_is_alive_and_ready_without_a_database(self, environ):
        client = create_app(load(Settings, "gateway", environ)).test_client()
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 200

    def test_a_refusal_is_a_status_that_nginx_hands_on_and_a_code(self, environ, world):
        client = create_app(load(Settings, "gateway", environ)).test_client()

        def ask(**headers: str) -> tuple[int, str | None, str]:
            answer = client.get("/check", headers={name.replace("_", "-"): value for name, value in headers.items()})
            return answer.status_code, answer.headers.get("X-Problem"), answer.headers["X-Accel-Expires"]

        path = "/api/billing/v1/invoices"
        assert ask(X_Original_Method="GET", X_Original_Path=path) == (401, "not-logged-in", "0")
        assert ask(X_Original_Method="PUT", X_Original_Path=path) == (403, "method-not-allowed", "0")
        assert ask(X_Original_Method="GET", X_Original_Path="/x") == (403, "not-found", "0")
        assert ask() == (403, "not-found", "0")
        world.stubs["identity"].stop()
        token = world.log_in().token
        assert ask(X_Original_Method="GET", X_Original_Path=path, X_Session=token) == (403, "service-unavailable", "0")
