"""The servers and locations: who is asked, what is passed on, what every answer carries."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from contracts.catalogue import SERVICES
from gateway.nginx import browser
from gateway.nginx.maps import PASSED, header, variable
from gateway.nginx.text import block, path_of, quoted, whole
from gateway.schemas.routes import Operation, RouteTable
from gateway.settings import Settings, words

BODY_LIMIT = 64 * 1024
COOKIES = frozenset({"identity"})
"""Services that see and set cookies. The others know the person by the token, and need no session to steal."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""On every answer, whatever the service says."""
HSTS = "Strict-Transport-Security"
ERROR_PAGES = (
    ("400 495 496 497 501 505", "bad-request"),
    ("401 403", "$refusal"),
    ("404", "$missed"),
    ("405", "method-not-allowed"),
    ("408", "timeout"),
    ("413", "too-large"),
    ("414", "uri-too-long"),
    ("421", "unknown-host"),
    ("429", "too-many-requests"),
    ("494", "headers-too-large"),
    ("500 502 503", "service-unavailable"),
    ("504", "$late"),
)


def render(settings: Settings, folder: Path, table: RouteTable) -> list[str]:
    """Upstreams, then the server for our names and the one for all others."""
    lines = _upstreams(settings)
    answers = [*_headers(settings), *(f"error_page {statuses} = /_problem/{code};" for statuses, code in ERROR_PAGES)]
    problems = browser.problems(folder)
    ours = [
        *_listens(settings, default=False),
        f"server_name {' '.join(settings.host_names)};",
        *_real_ip(settings),
        *answers,
        f"client_max_body_size {BODY_LIMIT};",
        *_policy(settings),
        *_health(),
        *block("location /api/", ["return 404;"]),
    ]
    for service in SERVICES:
        if table.of(service):
            ours += _service(settings, service, table.of(service))
    ours += [*browser.render(settings, folder), *problems]
    others = [
        *_listens(settings, default=True),
        "server_name _;",
        *answers,
        *block("location /", ["return 421;"]),
        *problems,
    ]
    return [*lines, *block("server", ours), *block("server", others)]


def _upstreams(settings: Settings) -> list[str]:
    lines = _upstream("policy", settings.policy, keepalive=8, limit=0)
    for service in SERVICES:
        if settings.upstream(service):
            lines += _upstream(
                service, settings.upstream(service), keepalive=settings.keepalive, limit=settings.max_connections
            )
    if settings.upstream_portal:
        lines += _upstream(
            "portal", words(settings.upstream_portal), keepalive=settings.keepalive, limit=settings.max_connections
        )
    return lines


def _upstream(name: str, addresses: list[str], *, keepalive: int, limit: int) -> list[str]:
    most = f" max_conns={limit}" if limit else ""
    return block(
        f"upstream {name}",
        [
            f"zone upstream_{variable(name)} 64k;",
            *(f"server {address}{most} max_fails=3 fail_timeout=2s;" for address in addresses),
            f"keepalive {keepalive};",
            "keepalive_requests 100000;",
            "# Shorter than the service's 75 s, so that it is nginx that closes an idle connection.",
            "keepalive_timeout 60s;",
        ],
    )


def _listens(settings: Settings, *, default: bool) -> list[str]:
    tls = " ssl http2" if settings.tls_certificate else ""
    lines = [f"listen {address}{tls}{' default_server' if default else ''};" for address in words(settings.listen)]
    if settings.listen_portal:
        lines.append(f"listen {settings.listen_portal}{' default_server' if default else ''};")
    if settings.tls_certificate:
        lines += [
            f"ssl_certificate {path_of(Path(settings.tls_certificate))};",
            f"ssl_certificate_key {path_of(Path(settings.tls_certificate_key))};",
            "ssl_protocols TLSv1.2 TLSv1.3;",
            "ssl_session_cache shared:tls:4m;",
            "ssl_session_tickets off;",
        ]
    return lines


def _real_ip(settings: Settings) -> list[str]:
    trusted = words(settings.trusted_proxies) + (["unix:"] if settings.listen_portal else [])
    if not trusted:
        return []
    return [
        *(f"set_real_ip_from {net};" for net in trusted),
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
    ]


def _headers(settings: Settings) -> list[str]:
    always = dict(ALWAYS)
    if settings.https:
        always[HSTS] = "max-age=31536000; includeSubDomains"
    own = {
        "Content-Security-Policy": "$add_csp",
        "Cache-Control": "$add_cache_control",
        "Content-Language": "$problem_language",
        "Retry-After": "$retry_after",
        "Allow": "$allow",
        "X-Correlation-Id": "$correlation_id",
    }
    return [
        *_hidden(),
        "proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;",
        *(f"add_header {name} {quoted(value)} always;" for name, value in always.items()),
        "# Empty ones are not sent.",
        *(f"add_header {name} {value} always;" for name, value in own.items()),
    ]


def _hidden(*more: str) -> list[str]:
    # What is always added must not come twice. A location with one such line has none of the server's: so all of them.
    return [f"proxy_hide_header {name};" for name in (*ALWAYS, HSTS, "X-Correlation-Id", *more)]


def _policy(settings: Settings) -> list[str]:
    passed = {
        "Host": "policy",
        "X-Original-Method": "$request_method",
        "X-Original-Path": "$path",
        "X-Question": "$question",
        "X-Session": "$session",
        "X-Background": "$background",
        "Minasidor-Account": "$account",
        "X-CSRF-Token": "$http_x_csrf_token",
        "Origin": "$http_origin",
        "Sec-Fetch-Site": "$http_sec_fetch_site",
        "X-Correlation-Id": "$correlation_id",
        "traceparent": "$trace",
        "Content-Length": '""',
        "Connection": '""',
    }
    return block(
        "location = /_policy",
        [
            "internal;",
            "access_log off;",
            "# The body is measured where it is going, not in questions about it.",
            "client_max_body_size 0;",
            "proxy_pass http://policy/check;",
            "proxy_method GET;",
            "proxy_pass_request_body off;",
            "proxy_pass_request_headers off;",
            *(f"proxy_set_header {name} {value};" for name, value in passed.items()),
            f"proxy_read_timeout {settings.connect_timeout_seconds * 2 + settings.lookup_timeout_seconds * 2 + 1}s;",
            "proxy_buffer_size 8k;",
            "# Reads: good through the second in which it was asked (X-Accel-Expires). Writes ask each time.",
            "proxy_cache policy;",
            "proxy_cache_key $session|$service|$question|$background|$account;",
            "proxy_cache_bypass $is_write;",
            "proxy_no_cache $is_write;",
            "proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;",
        ],
    )


def _health() -> list[str]:
    return block(
        "location = /healthz",
        [
            "access_log off;",
            "proxy_pass_request_headers off;",
            "proxy_set_header Connection '';",
            "proxy_pass http://policy/livez;",
        ],
    )


def _service(settings: Settings, service: str, operations: list[Operation]) -> list[str]:
    prefix = f"/api/{service}/v1/"
    if not settings.upstream(service):
        return block(f"location /api/{service}/", ["return 503;"])
    by_limit: defaultdict[int, list[str]] = defaultdict(list)
    for operation in operations:
        if operation.body_limit != BODY_LIMIT:
            by_limit[operation.body_limit].append(operation.pattern)
    # Without this nginx would redirect to the address with a slash.
    lines = block(f"location = {prefix.rstrip('/')}", ["return 404;"])
    lines += block(
        f"location {prefix}",
        [*_guarded(settings, service), f"proxy_pass http://{service}/v1/;"],
    )
    for limit, patterns in by_limit.items():
        upload = limit > settings.upload_above_bytes
        seconds = settings.upload_deadline_seconds if upload else settings.deadline_seconds
        lines += block(
            f"location ~ {whole('|'.join(dict.fromkeys(patterns)))}",
            [
                *_guarded(settings, service),
                f"client_max_body_size {limit};",
                f"proxy_read_timeout {seconds}s;",
                f"proxy_send_timeout {seconds}s;",
                f"rewrite ^/api/{service}(/.*)$ $1 break;",
                f"proxy_pass http://{service};",
            ],
        )
    lines += block(
        f"location = /api/{service}/openapi.json",
        [
            "if ($is_write) { return 405; }",
            "if ($unclean) { return 400; }",
            *_to_service(settings, service),
            f"proxy_pass http://{service}/openapi.json;",
        ],
    )
    return lines


def _guarded(settings: Settings, service: str) -> list[str]:
    return [
        f"set $service {service};",
        "set $path $uri;",
        f"set $question $question_{variable(service)};",
        "set $rate_class $rate_of_route;",
        'if ($question = "") { return 404; }',
        "if ($unclean) { return 400; }",
        "auth_request /_policy;",
        "auth_request_set $refusal $upstream_http_x_problem;",
        "auth_request_set $service_token $upstream_http_x_service_token;",
        "auth_request_set $deadline $upstream_http_x_deadline;",
        "auth_request_set $sealed $upstream_http_x_sealed_personal_number;",
        "auth_request_set $policy_cache $upstream_cache_status;",
        *_to_service(settings, service),
        "proxy_set_header Authorization 'Bearer $service_token';",
        "proxy_set_header X-Request-Deadline $deadline;",
        "proxy_set_header X-Sealed-Personal-Number $sealed;",
        f"proxy_redirect /v1/ /api/{service}/v1/;",
    ]


def _to_service(settings: Settings, service: str) -> list[str]:
    lines = [
        "proxy_pass_request_headers off;",
        f"proxy_set_header Host {settings.public_host};",
        "proxy_set_header Connection '';",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_set_header X-Correlation-Id $correlation_id;",
        "proxy_set_header traceparent $trace;",
        *(f"proxy_set_header {name} {header(name)};" for name in PASSED),
    ]
    if service in COOKIES:
        # Small answers that hold the CSRF token: never compressed (BREACH).
        return [*lines, "proxy_set_header Cookie $http_cookie;", "gzip off;"]
    return [*lines, *_hidden("Set-Cookie")]
