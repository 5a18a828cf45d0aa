"""The files and the environment of a private RabbitMQ node."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SEARCH_PATH = f"/opt/homebrew/bin:/usr/local/bin:{os.defpath}"

# Two cores carry the whole suite: one scheduler, no busy waiting, loopback distribution.
ERLANG = "+S 1:1 +SDio 4 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"


def environment(folder: Path, node: str, epmd: int, distribution: int) -> dict[str, str]:
    """All that RabbitMQ's scripts read; nothing is inherited."""
    return {
        "PATH": SEARCH_PATH,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder),
        # run the emulator in place of the script: signals and our pid then mean the node
        "RUNNING_UNDER_SYSTEMD": "true",
        "RABBITMQ_NODENAME": node,
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_CTL_DIST_PORT_MIN": "0",
        "RABBITMQ_CTL_DIST_PORT_MAX": "0",
        "ERL_EPMD_PORT": str(epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
    }


def write(
    folder: Path,
    amqp: int,
    management: int,
    definitions: Mapping[str, Any],
    settings: Mapping[str, str],
) -> None:
    """The configuration, the plugins, the definitions and the cookie."""
    for name in ("mnesia", "log", "conf.d"):
        (folder / name).mkdir(exist_ok=True)
    options = {
        "listeners.tcp.1": f"127.0.0.1:{amqp}",
        "loopback_users": "none",
        "log.console": "true",
        "log.console.level": "info",
        "log.file": "false",
        "load_definitions": str(folder / "definitions.json"),
        "disk_free_limit.absolute": "50MB",
        "vm_memory_high_watermark.relative": "0.4",
        # the default write-ahead log of quorum queues is half a gigabyte
        "raft.wal_max_size_bytes": "16777216",
        "queue_index_embed_msgs_below": "4096",
    }
    if management:
        options |= {"management.tcp.port": str(management), "management.tcp.ip": "127.0.0.1"}
    options |= settings
    (folder / "rabbitmq.conf").write_text("".join(f"{k} = {v}\n" for k, v in options.items()))
    plugins = "rabbitmq_management" if management else ""
    (folder / "enabled_plugins").write_text(f"[{plugins}].\n")
    write_definitions(folder / "definitions.json", definitions)
    cookie = folder / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, secrets.token_hex(20), mode=0o400)


def write_definitions(path: Path, definitions: Mapping[str, Any]) -> None:
    """Definitions hold password hashes: for the owner alone."""
    write_private(path, json.dumps(definitions, ensure_ascii=False))


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace ``path`` in one step by a file that only its owner can read."""
    half = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    half.replace(path)


def with_administrator(definitions: Mapping[str, Any], name: str, password: str, vhost: str) -> dict[str, Any]:
    """``definitions`` plus an administrator who may do everything in every virtual host."""
    whole: dict[str, Any] = copy.deepcopy(dict(definitions))
    vhosts = {entry["name"] for entry in whole.get("vhosts", ())} | {vhost}
    whole["vhosts"] = [
        *whole.get("vhosts", ()),
        *({"name": v} for v in sorted(vhosts - {e["name"] for e in whole.get("vhosts", ())})),
    ]
    whole["users"] = [
        *(user for user in whole.get("users", ()) if user["name"] != name),
        {
            "name": name,
            "password_hash": password_hash(password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": ["administrator"],
        },
    ]
    whole["permissions"] = [
        *(p for p in whole.get("permissions", ()) if p["user"] != name),
        *({"user": name, "vhost": v, "configure": ".*", "write": ".*", "read": ".*"} for v in sorted(vhosts)),
    ]
    return whole


def password_hash(password: str, salt: bytes | None = None) -> str:
    """RabbitMQ's salted SHA-256 form."""
    salt = salt or secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
