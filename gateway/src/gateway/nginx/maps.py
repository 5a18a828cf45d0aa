"""What nginx works out about a request by itself: session, operation, language, correlation, limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import ceil

import msgspec

from gateway.nginx.text import mapping, pattern, quoted, whole
from gateway.schemas.problems import PROBLEMS, Problem
from gateway.schemas.routes import READS, Operation, RouteTable
from gateway.settings import RATE, RATE_CLASSES, Settings

API_CSP = "default-src 'none'; frame-ancestors 'none'"
PAGE_CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PASSED = (
    "Accept",
    "Accept-Language",
    "Content-Encoding",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "Range",
    "User-Agent",
)
"""What a service gets of a browser's headers. Everything else that comes from outside stays outside: X-* identity
headers, Authorization, Forwarded, X-Sealed-*, X-HTTP-Method-Override, connection headers."""
ASKED = ("Cookie", "Origin", "Sec-Fetch-Site", "X-CSRF-Token")
"""What the policy, or identity, gets beside those."""
PER_SESSION = frozenset({"company", "staff-search"})
"""Classes that count each session by itself: a whole office of customer service has one address (C30)."""
UUID = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"


def render(settings: Settings, table: RouteTable) -> list[str]:
    """All maps and the zones of the limits."""
    lines = [*_request(), *_answers(), *_limits(settings, table)]
    for service in dict.fromkeys(operation.service for operation in table.operations):
        lines += _operations(service, table.of(service))
    lines += _allowed(table)
    for problem in PROBLEMS:
        lines += _problem(problem)
    return lines


def variable(service: str) -> str:
    """``org-registry`` -> ``org_registry``: names of variables have no hyphens."""
    return service.replace("-", "_")


def header(name: str) -> str:
    """Name nginx's variable for a header of the request."""
    return f"$http_{name.lower().replace('-', '_')}"


def _request() -> list[str]:
    return [
        "# Control characters: whoever is behind us refuses them as well, but in a form of its own.",
        *mapping(
            f'"{"".join(header(name) for name in (*PASSED, *ASKED))}"',
            "unclean",
            [(pattern(r"~[\x01-\x08\x0a-\x1f\x7f]"), "1"), ("default", '""')],
        ),
        "# The one reading of the session cookie: policy and cache key get the same.",
        *mapping(
            "$http_cookie",
            "session",
            [(pattern("~(?:^|;[ \\t]*)__Host-sid=(?<sid>[A-Za-z0-9_-]{20,128})(?:;|$)"), "$sid"), ("default", '""')],
        ),
        *mapping(
            "$http_minasidor_account",
            "account",
            [('""', '""'), (pattern(f"~^{UUID}$"), "$http_minasidor_account"), ("default", "malformed")],
        ),
        "# A file asked for by its content's hash never changes.",
        *mapping(
            "$arg_v",
            "static_keep",
            [('""', "'public, max-age=3600'"), ("default", "'public, max-age=31536000, immutable'")],
        ),
        "# 504 from a service that was never reached (its address answers nothing) is a service that is down.",
        *mapping(
            "$upstream_connect_time", "late", [(pattern("~-$"), "service-unavailable"), ("default", "service-timeout")]
        ),
        *mapping("$http_minasidor_background", "background", [(pattern("~*^true$"), "1"), ("default", '""')]),
        *mapping("$request_method", "is_write", [("GET", '""'), ("HEAD", '""'), ("default", "1")]),
        *mapping(
            "$http_x_correlation_id",
            "correlation_id",
            [(pattern("~^[A-Za-z0-9._-]{1,64}$"), "$http_x_correlation_id"), ("default", "$request_id")],
        ),
        *mapping("$request_id", "span_id", [(pattern("~^(?<span>.{16})"), "$span"), ("default", "0000000000000001")]),
        *mapping(
            "$http_traceparent",
            "trace",
            [
                (pattern("~^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$"), "$http_traceparent"),
                ("default", '"00-$request_id-$span_id-01"'),
            ],
        ),
        "# Whichever of the two languages is named first, else Swedish.",
        *mapping(
            "$http_accept_language",
            "language",
            [(pattern("~*^(?:(?!\\bsv\\b).)*\\ben\\b"), "en"), ("default", "sv")],
        ),
        "# An address, or the /64 of an IPv6 address: one subscriber has all of it.",
        *mapping(
            "$remote_addr",
            "client_net",
            [
                (pattern("~^::ffff:(?<net4>[0-9.]+)$"), "$net4"),
                (pattern("~^(?<net64>[0-9a-f]+:[0-9a-f]+:[0-9a-f]+:[0-9a-f]+):"), "$net64"),
                (pattern("~^(?<short64>[0-9a-f:]*?)::"), '"$short64::"'),
                ("default", "$remote_addr"),
            ],
        ),
        "# A refusal is an internal redirect, after which nginx calls every method GET: so the request line is read.",
        *mapping("$request", "logged_method", [(pattern("~^(?<verb>[A-Z]{1,20}) "), "$verb"), ("default", '""')]),
        *mapping(
            "$request_uri",
            "bare_path",
            [(pattern("~^(?<bare>[^?#]*)"), "$bare"), ("default", '""')],
        ),
        *mapping(
            "$bare_path",
            "logged_path",
            [
                (pattern("~(?<![0-9a-fA-F-])(?:19|20)?[0-9]{6}[-+]?[0-9]{4}(?![0-9a-fA-F-])"), '"[pnr]"'),
                ("default", "$bare_path"),
            ],
        ),
    ]


def _answers() -> list[str]:
    return [
        "# What a service says itself stands; what it leaves out is added.",
        *mapping(
            '"$page:$upstream_http_content_security_policy"',
            "add_csp",
            [('":"', quoted(API_CSP)), ('"1:"', quoted(PAGE_CSP)), ("default", '""')],
        ),
        *mapping(
            '"$keep:$upstream_http_cache_control"',
            "add_cache_control",
            [('":"', "no-store"), (pattern("~^(?<kept>.+):$"), "$kept"), ("default", '""')],
        ),
        *mapping("$allowed", "shown_methods", [('""', '"GET, HEAD"'), ("default", "$allowed")]),
        *mapping("$allowed", "missed", [('""', "not-found"), ("default", "method-not-allowed")]),
    ]


def _operations(service: str, operations: list[Operation]) -> list[str]:
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for operation in operations:
        groups[_method(operation), operation.question].append(operation.pattern)
    return [
        f"# {service}: what the policy is asked, by method and address; nothing else goes further.",
        *mapping(
            '"$request_method $uri"',
            f"question_{variable(service)}",
            [
                (whole(_any(patterns), f"{method} ", mark="~"), question)
                for (method, question), patterns in groups.items()
            ]
            + [("default", '""')],
        ),
    ]


def _allowed(table: RouteTable) -> list[str]:
    methods: defaultdict[str, set[str]] = defaultdict(set)
    for operation in table.operations:
        methods[operation.pattern] |= {"GET", "HEAD"} if operation.method == "GET" else {operation.method}
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for address, allowed in methods.items():
        groups[", ".join(sorted(allowed))].append(address)
    return [
        "# For 405: the methods of an address that exists.",
        *mapping(
            "$uri",
            "allowed",
            [(whole(_any(patterns), mark="~"), f'"{allowed}"') for allowed, patterns in groups.items()]
            + [("default", '""')],
        ),
    ]


def _method(operation: Operation) -> str:
    return "(?:GET|HEAD)" if operation.method in READS else operation.method


def _any(patterns: Iterable[str]) -> str:
    return "|".join(dict.fromkeys(patterns))


def _limits(settings: Settings, table: RouteTable) -> list[str]:
    rated: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for operation in table.operations:
        if operation.rate:
            if operation.rate not in RATE_CLASSES:
                raise ValueError(f"{operation.public_path}: no rate limit class called {operation.rate}")
            rated[_method(operation), operation.rate].append(operation.pattern)
    lines = [
        *mapping(
            '"$request_method $uri"',
            "rate_of_route",
            [(whole(_any(patterns), f"{method} ", mark="~"), rate) for (method, rate), patterns in rated.items()]
            + [("default", '""')],
        ),
        # Who counts as one: a session, a login that is going on, else an address.
        *mapping(
            "$http_cookie",
            "login_or_net",
            [
                (pattern("~(?:^|;[ \\t]*)__Host-pre=(?<pre>[A-Za-z0-9_-]{20,128})(?:;|$)"), '"pre:$pre"'),
                ("default", '"net:$client_net"'),
            ],
        ),
        *mapping("$session", "who", [('""', "$login_or_net"), ("default", '"sid:$session"')]),
        *mapping("$rate_class", "limit_default", [('""', "$who"), ("default", '""')]),
        *mapping(
            "$rate_class",
            "retry_after_seconds",
            [(name, str(_wait(settings.rate(name)))) for name in RATE_CLASSES]
            + [("default", str(_wait(settings.rate("default"))))],
        ),
    ]
    # An empty key is not counted, so each class counts its own routes only. Zones are in memory that all workers share.
    for name in RATE_CLASSES:
        key = "$who" if name in PER_SESSION else "net:$client_net"
        lines += mapping("$rate_class", f"limit_{variable(name)}", [(name, f'"{key}"'), ("default", '""')])
    keys = {"address": "$client_net"} | {name: f"$limit_{variable(name)}" for name in ("default", *RATE_CLASSES)}
    for name, key in keys.items():
        if parts := RATE.match(settings.rate(name)):
            burst = f" burst={parts['burst']} nodelay" if int(parts["burst"]) else ""
            lines += [
                f"limit_req_zone {key} zone=rate_{variable(name)}:8m rate={parts['rate']};",
                f"limit_req zone=rate_{variable(name)}{burst};",
            ]
    lines += ["limit_req_status 429;", "limit_req_log_level warn;", "limit_conn_status 429;"]
    if settings.connections_per_address:
        lines += [
            "limit_conn_zone $client_net zone=connections:4m;",
            f"limit_conn connections {settings.connections_per_address};",
        ]
    return lines


def _wait(rate: str) -> int:
    if not (parts := RATE.match(rate)):
        return 1
    number, unit = parts["rate"].split("r/")
    return ceil((60 if unit == "m" else 1) / int(number))


def _problem(problem: Problem) -> list[str]:
    return mapping(
        "$language",
        f"body_{variable(problem.code)}",
        [("en", quoted(_body(problem, *problem.en))), ("default", quoted(_body(problem, *problem.sv)))],
    )


def _body(problem: Problem, title: str, detail: str) -> str:
    # The same members in the same order as chassis.http.problems.render; a test compares.
    return msgspec.json.encode(
        {
            "type": f"urn:minasidor:problem:{problem.code}",
            "title": title,
            "status": problem.status,
            "detail": detail,
            "instance": "urn:minasidor:request:$correlation_id",
            "code": problem.code,
        }
    ).decode()


__all__ = ["render", "variable"]
