"""The locations that people see with their eyes: the portal, static files, the API reference, and every problem."""

from __future__ import annotations

from pathlib import Path

from gateway.nginx import refusals
from gateway.nginx.maps import variable
from gateway.nginx.text import block, path_of
from gateway.schemas.problems import PROBLEMS
from gateway.settings import Settings

POSING = (
    "Authorization",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-HTTP-Method-Override",
    "X-Request-Deadline",
    "X-Sealed-Personal-Number",
)
"""Headers by which an outsider could pose as somebody else, before a portal that gets the browser's other headers."""
PORTAL_BODY_LIMIT = 16 * 1024 * 1024
"""Bytes of a form with a scanned paper (10 MB). Above the portal's own limit, which it tells as a page."""


def render(settings: Settings, folder: Path) -> list[str]:
    """Start page or portal, static files, API reference."""
    www = path_of(folder / "www")
    page = ["set $page 1;", "set $keep no-cache;", f"root {www};"]
    lines = [
        *block("location = /api/docs", [*page, "try_files /api/docs/index.html =404;"]),
        *block("location /api/docs/", [*page, "gzip_static on;"]),
    ]
    if settings.static_folder:
        lines += block(
            "location /static/",
            [
                "set $page 1;",
                "set $keep $static_keep;",
                "# A page brings a dozen of them, and a street address many people: only all of an address's count.",
                "set $rate_class file;",
                f"alias {path_of(Path(settings.static_folder), '/')};",
            ],
        )
    if settings.upstream_portal:
        return [*lines, *block("location /", _portal(settings))]
    start = block("location = /", [*page, "try_files /index.html =404;"])
    return [*lines, *start, *block("location /", ["return 404;"])]


def _portal(settings: Settings) -> list[str]:
    return [
        "set $page 1;",
        f"proxy_set_header Host {settings.public_host};",
        "proxy_set_header Connection '';",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_set_header X-Correlation-Id $correlation_id;",
        "proxy_set_header traceparent $trace;",
        *(f"proxy_set_header {name} '';" for name in POSING),
        f"client_max_body_size {PORTAL_BODY_LIMIT};",
        "# A page asks several services, each with a deadline of its own.",
        f"proxy_read_timeout {settings.upload_deadline_seconds}s;",
        f"proxy_send_timeout {settings.upload_deadline_seconds}s;",
        "proxy_pass http://portal;",
    ]


def problems(folder: Path) -> list[str]:
    """Internal locations for each problem, where ``error_page`` leads: as JSON, and as a page."""
    lines = refusals.style_location(path_of(folder / "www"))
    lines += block("location /_problem/", ["internal;", refusals.turn("not-found"), *_answer("not-found", 404)])
    for problem in PROBLEMS:
        extra = [f"set $retry_after {problem.retry_after};"] if problem.retry_after else []
        if problem.code == "method-not-allowed":
            extra.append("set $allow $shown_methods;")
        lines += block(
            f"location = /_problem/{problem.code}",
            ["internal;", *extra, refusals.turn(problem.code), *_answer(problem.code, problem.status)],
        )
        lines += refusals.locations(problem)
    return lines


def _answer(code: str, status: int) -> list[str]:
    return [
        "# The body that was refused is not measured again.",
        "client_max_body_size 0;",
        "default_type application/problem+json;",
        "# What was asked for may be kept, the refusal may not.",
        "set $keep '';",
        "set $page '';",
        "set $problem_language $language;",
        f"return {status} $body_{variable(code)};",
    ]
