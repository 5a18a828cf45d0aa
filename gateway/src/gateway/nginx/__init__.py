"""The nginx configuration, made from the settings and the route table: its only source."""

from __future__ import annotations

import getpass
import hashlib
import os
import shutil
from pathlib import Path

from gateway.nginx import maps, pages, refusals, servers
from gateway.nginx.text import block, path_of
from gateway.schemas.routes import RouteTable
from gateway.settings import Settings

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - not a temporary file: a private folder in it, 0700
FOLDERS = ("logs", "temp", "www")
CONF = "nginx.conf"


def write(settings: Settings, folder: Path) -> Path:
    """Write the configuration and everything that it names into ``folder``; returns the configuration's path.

    Written beside and renamed, so that a running nginx can be told to reload (SIGHUP) at any time.
    """
    folder = folder.resolve()
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    cache = cache_folder(settings, folder)
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    pages.write(settings, folder / "www")
    conf = folder / CONF
    beside = conf.with_suffix(".new")
    beside.write_text(render(settings, folder, RouteTable.load(settings.routes_file)), encoding="utf-8")
    beside.replace(conf)
    return conf


def command(settings: Settings, folder: Path) -> list[str]:
    """How to start nginx on what ``write`` wrote; it stays in the foreground."""
    program = settings.nginx or shutil.which("nginx") or "/usr/sbin/nginx"
    folder = folder.resolve()
    return [program, "-p", f"{folder}/", "-c", str(folder / CONF), "-e", str(folder / "logs/error.log")]


def cache_folder(settings: Settings, folder: Path) -> Path:
    """Where the policy's answers are kept: in memory, because their keys are session tokens that no disk should see."""
    if settings.cache_folder:
        return Path(settings.cache_folder)
    if os.access(SHARED_MEMORY, os.W_OK):
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        return SHARED_MEMORY / f"minasidor-gateway-{digest}"
    return folder / "cache"


def render(settings: Settings, folder: Path, table: RouteTable) -> str:
    """Return the text of nginx.conf."""
    lines = ["# Made by `python -m gateway.nginx`. Changes are lost.", ""]
    if os.geteuid() == 0:
        lines.append(f"user {settings.nginx_user or getpass.getuser()};")
    lines += [
        f"worker_processes {settings.nginx_workers};",
        f"pid {path_of(folder / 'nginx.pid')};",
        f"error_log {path_of(folder / 'logs/error.log')} warn;",
        "daemon off;",
        "pcre_jit on;",
        *block("events", ["worker_connections 1024;"]),
        *block("http", _http(settings, folder, table)),
    ]
    return "\n".join(lines) + "\n"


def _http(settings: Settings, folder: Path, table: RouteTable) -> list[str]:
    temp = folder / "temp"
    return [
        *(f"{kind}_temp_path {path_of(temp / kind)};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
        *pages.TYPES,
        "sendfile on;",
        "tcp_nopush on;",
        "server_tokens off;",
        "absolute_redirect off;",
        "uninitialized_variable_warn off;",
        "map_hash_bucket_size 256;",
        "variables_hash_max_size 4096;",
        "variables_hash_bucket_size 128;",
        "proxy_headers_hash_max_size 1024;",
        "proxy_headers_hash_bucket_size 128;",
        "# The path without the query and without anything like a personal number; no addresses of people.",
        (
            "log_format json escape=json '"
            '{"time":"$time_iso8601","service":"gateway","event":"request","method":"$logged_method","path":"$logged_path",'
            '"status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"upstream_seconds":"$upstream_response_time",'
            '"correlation_id":"$correlation_id","policy":"$policy_cache","limit":"$limit_req_status"}'
            "';"
        ),
        f"access_log {path_of(folder / 'logs/access.log')} json buffer=32k flush=1s;",
        "client_header_timeout 10s;",
        "client_body_timeout 10s;",
        "send_timeout 10s;",
        "keepalive_timeout 65s;",
        "keepalive_requests 10000;",
        "client_header_buffer_size 2k;",
        "large_client_header_buffers 4 8k;",
        "client_body_buffer_size 64k;",
        "gzip on;",
        "gzip_proxied any;",
        "gzip_min_length 1024;",
        "gzip_comp_level 4;",
        "gzip_vary on;",
        "gzip_types application/json application/problem+json text/css application/javascript image/svg+xml text/csv;",
        (
            f"proxy_cache_path {path_of(cache_folder(settings, folder))} levels=1 keys_zone=policy:8m inactive=2s "
            "max_size=32m use_temp_path=off;"
        ),
        "proxy_http_version 1.1;",
        f"proxy_connect_timeout {settings.connect_timeout_seconds}s;",
        f"proxy_send_timeout {settings.deadline_seconds}s;",
        f"proxy_read_timeout {settings.deadline_seconds}s;",
        "proxy_max_temp_file_size 64m;",
        "# One more try, only where nothing was sent or the method is safe to repeat; a POST is never sent twice.",
        "proxy_next_upstream error;",
        "proxy_next_upstream_tries 2;",
        f"proxy_next_upstream_timeout {settings.deadline_seconds}s;",
        *maps.render(settings, table),
        *refusals.render(settings),
        *servers.render(settings, folder, table),
    ]


__all__ = ["CONF", "cache_folder", "command", "render", "write"]
