"""All processes of the suite on one machine, and what each is told: the only place that knows both."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from contracts import rabbitmq
from contracts.catalogue import OWNED_APART, SERVICES
from devservers.process import Command
from runner import keys, probes, told
from runner.children import python
from runner.layout import Layout, Misconfigured, PortPlan
from runner.program import Program
from runner.servers import Servers
from runner.template import COMMON, TREES, Template
from runner.template import NAME as TEMPLATE

NOT_FOR_CHILDREN = ("PYTHONDONTWRITEBYTECODE", "MINASIDOR_POSTGRES_URL", "MINASIDOR_AMQP_URL", "MINASIDOR_RABBITMQ_API")
"""The first would make every start slow; the others are an administrator's logins."""
SIMULATORS = ("bankid", "bolagsverket", "spar", "postbox", "batch-billing")
PORTAL = "portal.app"
SEED = "runner.journey.seed"
"""``python -m`` this brings the demo data; its ``persons()`` says whom to log in as."""
STAFF = "runner.journey.staff"
"""``python -m`` this, with identity's settings, gives the demo's member of staff her roles."""
WEB_GRACE, WORKER_GRACE = 25.0, 15.0


@dataclass
class Plan:
    """What will run."""

    programs: list[Program]
    template: Template | None
    ports: list[str]
    """Names of the ports that are taken."""
    left_out: list[str] = field(default_factory=list)
    """What has no program in this checkout."""


class Planner:
    """Makes the plan of a checkout.

    Args:
        as_json: services log JSON, for a machine to read.

    """

    def __init__(self, layout: Layout, environ: Mapping[str, str], *, as_json: bool = False) -> None:
        self.layout = layout
        self.ports = PortPlan.load(environ)
        self.secrets = keys.load(layout.run / "secrets.json")
        self.servers = Servers(layout, self.ports, self.secrets, environ)
        self._environ = environ
        self._template = (
            Template(_ahead()) if environ.get("MINASIDOR_ZYGOTE", "1") != "0" and Template.possible() else None
        )
        kept = {name: value for name, value in environ.items() if name not in NOT_FOR_CHILDREN}
        self._common = kept | {
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # else each thread of each process keeps an arena of its own
            "MINASIDOR_ENVIRONMENT": "development",
            "MINASIDOR_PUBLIC_URL": self.public_url,
            **told.public_keys(self.secrets),
            "MINASIDOR_LOG_FORMAT": "json" if as_json else "console",
        }

    @property
    def public_url(self) -> str:
        """Where people go."""
        return f"http://localhost:{self.ports.gateway}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What every process of ours is told."""
        return self._common

    # -- whole plans --------------------------------------------------------------------------
    def everything(self) -> Plan:
        """The whole suite."""
        present = [service for service in SERVICES if installed(service.replace("-", "_") + ".app")]
        simulators = [name for name in SIMULATORS if installed(f"sim_{name.replace('-', '_')}.__main__")]
        programs = [*self._foundation(), *self._migrations(present)]
        for service in present:
            programs += [self._web(service), self._worker(service)]
        programs += [self._simulator(name) for name in simulators]
        ports = [*self.servers.ports_used, *(name.replace("-", "_") for name in simulators)]
        ports += ["smtp"] if "postbox" in simulators else []
        left_out = [name for name in SERVICES if name not in present]
        left_out += [f"{name} simulator" for name in SIMULATORS if name not in simulators]
        if installed(PORTAL):
            programs.append(self._portal())
        else:
            left_out.append("portal")
        if installed("gateway.app"):
            programs += self._gateway(present)
            ports.append("gateway")
        else:
            left_out.append("gateway")
        if installed(SEED):
            names = tuple(program.name for program in programs)
            programs.append(self.seed(after=names))
            if "identity" in present:
                programs.append(self._staff())
        return Plan(programs, self._template, ports, left_out)

    def only_migrations(self) -> Plan:
        """PostgreSQL, the databases and their migrations."""
        present = [service for service in SERVICES if installed(service.replace("-", "_") + ".app")]
        wanted = [p for p in self._foundation() if p.name in {"postgres", "databases", TEMPLATE}]
        ports = [name for name in self.servers.ports_used if name == "postgres"]
        return Plan([*wanted, *self._migrations(present)], self._template, ports)

    def seed(self, after: tuple[str, ...] = ()) -> Program:
        """Demo data through the front door; asking twice changes nothing."""
        return self._python("seed", (SEED,), self.journey_environment, after=after, task=True, timeout=120)

    def _staff(self) -> Program:
        """Roles are given by an operator's command alone, so this stands beside the seed."""
        after = self._after_migration("identity")
        return self._python("staff", (STAFF,), lambda: self._told("identity"), after=after, task=True)

    def journey_environment(self) -> dict[str, str]:
        """What the demo, the seed and the tests that use the running suite are told."""
        return {
            "MINASIDOR_RUN": str(self.layout.run),
            "MINASIDOR_BANKID_URL": told.loopback(self.ports, "bankid"),
            "MINASIDOR_BOLAGSVERKET_URL": told.loopback(self.ports, "bolagsverket"),
            "MINASIDOR_SPAR_URL": told.loopback(self.ports, "spar"),
            "MINASIDOR_POSTBOX_URL": told.loopback(self.ports, "postbox"),
            "MINASIDOR_BATCH_BILLING_URL": told.loopback(self.ports, "batch_billing"),
            "MINASIDOR_OPERATOR_AMQP_URL": self.servers.amqp_url(rabbitmq.OPERATOR),
            "MINASIDOR_DATABASES": json.dumps({name: self.servers.database_url(name) for name in SERVICES}),
        }

    # -- parts --------------------------------------------------------------------------------
    def _foundation(self) -> list[Program]:
        template = [self._template.program(self._common)] if self._template else []
        return [*self.servers.programs(), *template]

    def _migrations(self, present: list[str]) -> list[Program]:
        """One process for all; each its own while a service is missing."""
        groups = ["all"] if len(present) == len(SERVICES) else present

        def env() -> dict[str, str]:
            merged: dict[str, str] = {}
            for service in present:
                merged |= self._told(service)
                if service in OWNED_APART:
                    merged[f"{_prefix(service)}_OWNER_DATABASE_URL"] = self.servers.owner_url(service)
            return merged

        return [
            self._python(_migration(group), ("chassis", group, "migrate"), env, after=("databases",), task=True)
            for group in groups
        ]

    def _web(self, service: str) -> Program:
        socket = self._socket(service)

        def env() -> dict[str, str]:
            return self._told(service) | {f"{_prefix(service)}_BIND": f"unix:{socket}"}

        return self._python(
            f"{service}.web",
            ("chassis", service, "web"),
            env,
            after=self._after_migration(service),
            ready=probes.http_ready(socket),
            prepare=lambda: socket.unlink(missing_ok=True),
            grace=WEB_GRACE,
        )

    def _worker(self, service: str) -> Program:
        socket = self._socket(f"{service}.worker")

        def env() -> dict[str, str]:
            return self._told(service) | {
                **told.for_worker(service, self.secrets),
                f"{_prefix(service)}_AMQP_URL": self.servers.amqp_url(service),
                f"{_prefix(service)}_WORKER_BIND": f"unix:{socket}",
                "MINASIDOR_TRUST_SENDER": "true" if self.servers.trust_sender else "false",
            }

        return self._python(
            f"{service}.worker",
            ("chassis", service, "worker"),
            env,
            after=(*self._after_migration(service), "topology"),
            ready=probes.http_ready(socket),
            prepare=lambda: socket.unlink(missing_ok=True),
            grace=WORKER_GRACE,
        )

    def _simulator(self, name: str) -> Program:
        module = f"sim_{name.replace('-', '_')}"
        prefix = module.upper()
        port_name = name.replace("-", "_")

        def env() -> dict[str, str]:
            own = {f"{prefix}_BIND": f"127.0.0.1:{getattr(self.ports, port_name)}"}
            if name == "postbox":
                own["SIM_POSTBOX_SMTP"] = f"127.0.0.1:{self.ports.smtp}"
            if name == "bankid":
                own["SIM_BANKID_SIGNATURE_CA"] = str(self._bankid_root)
            if name == "batch-billing":
                own["SIM_BATCH_BILLING_AMQP_URL"] = self.servers.amqp_url("batch-billing")
                own["SIM_BATCH_BILLING_LEDGER"] = str(self.layout.run / "batch-billing.db")
            return own

        port = getattr(self.ports, port_name)
        return self._python(
            name,
            (module,),
            env,
            after=("topology",) if name == "batch-billing" else (),
            ready=probes.http_ready(port, "/", most=499),
            ports=(port,),
        )

    def _portal(self) -> Program:
        socket = self._socket("portal")

        def env() -> dict[str, str]:
            return {"PORTAL_BIND": f"unix:{socket}", "PORTAL_GATEWAY": f"unix:{self._socket('portal-api')}"}

        return self._python(
            "portal.web",
            ("chassis", "portal", "web"),
            env,
            ready=probes.http_ready(socket, "/livez"),
            prepare=lambda: socket.unlink(missing_ok=True),
            grace=WEB_GRACE,
        )

    def _portal_before_gateway(self) -> dict[str, str]:
        """How nginx and the portal find each other; nothing where there is no portal."""
        if not installed(PORTAL):
            return {}
        import portal  # the package alone, for where its files are; it may be missing

        return {
            "GATEWAY_UPSTREAM_PORTAL": f"unix:{self._socket('portal')}",
            "GATEWAY_LISTEN_PORTAL": f"unix:{self._socket('portal-api')}",
            "GATEWAY_STATIC_FOLDER": str(Path(portal.__file__).parent / "static"),
        }

    def _gateway(self, present: list[str]) -> list[Program]:
        folder, socket = self.layout.nginx, self._socket("gateway")
        portal = ("portal.web",) if installed(PORTAL) else ()

        def env() -> dict[str, str]:
            return {
                "GATEWAY_LISTEN": f"127.0.0.1:{self.ports.gateway}",
                "GATEWAY_BIND": f"unix:{socket}",
                "GATEWAY_GATEWAY_PRIVATE_JWK": json.dumps(self.secrets["gateway_jwk"]),
                "GATEWAY_NGINX": str(nginx_program(self._environ)),
                **{f"GATEWAY_UPSTREAM_{_prefix(name)}": f"unix:{self._socket(name)}" for name in SERVICES},
                **self._portal_before_gateway(),
            }

        def write_config() -> dict[str, str]:
            return {name: value for name, value in env().items() if name != "GATEWAY_GATEWAY_PRIVATE_JWK"}

        config = ("gateway.nginx", "--out", str(folder))
        nginx = Program(
            name="nginx",
            command=lambda: Command(
                argv=(
                    *(str(nginx_program(self._environ)), "-p", str(folder), "-c", str(folder / "nginx.conf")),
                    *("-e", "stderr"),
                ),
                env={"PATH": self._common.get("PATH", "")},
                cwd=str(folder),
            ),
            ready=probes.http_ready(self.ports.gateway, "/", most=499),
            after=("nginx-config", "gateway.web", *portal, *(f"{service}.web" for service in present)),
            # A killed nginx leaves its socket, and a new one could not take it.
            prepare=lambda: self._socket("portal-api").unlink(missing_ok=True),
            ports=(self.ports.gateway,),
        )
        return [
            self._python(
                "gateway.web",
                ("chassis", "gateway", "web"),
                env,
                ready=probes.http_ready(socket, "/livez"),
                prepare=lambda: socket.unlink(missing_ok=True),
                grace=WEB_GRACE,
            ),
            self._python("nginx-config", config, write_config, task=True),
            nginx,
        ]

    # -- what each is told --------------------------------------------------------------------
    def _told(self, service: str) -> dict[str, str]:
        """The settings of a service that depend on this machine."""
        database = {f"{_prefix(service)}_DATABASE_URL": self.servers.database_url(service)}
        special = told.special(service, self.ports, self.secrets)
        if service == "identity":
            special["IDENTITY_BANKID_SIGNATURE_CA_FILE"] = str(self._bankid_root.with_suffix(".crt.pem"))
        return database | special | told.peers(service, self.secrets, lambda name: f"unix:{self._socket(name)}")

    @property
    def _bankid_root(self) -> Path:
        """Where the simulated BankID keeps its root: proofs of yesterday can be verified today."""
        return self.layout.run / "bankid-root.pem"

    def _socket(self, name: str) -> Path:
        return self.layout.sockets / f"{name}.sock"

    def _after_migration(self, service: str) -> tuple[str, ...]:
        whole = all(installed(name.replace("-", "_") + ".app") for name in SERVICES)
        return (_migration("all" if whole else service),)

    def _python(
        self,
        name: str,
        module: tuple[str, ...],
        told: Callable[[], dict[str, str]],
        *,
        after: tuple[str, ...] = (),
        grace: float = 10.0,
        **more: Any,
    ) -> Program:
        """``python -m module``, from the template where there is one."""

        def command() -> Command:
            return Command(argv=python(module), env={**self._common, **told()}, cwd=str(self.layout.root), grace=grace)

        after = (*after, TEMPLATE) if self._template else after
        return Program(name=name, module=module, command=command, after=after, **more)


def installed(module: str) -> bool:
    """Whether this checkout has ``module``; nothing of it is run."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its package is not there either
        return False


def nginx_program(environ: Mapping[str, str]) -> Path:
    """The machine's nginx.

    Raises:
        Misconfigured: when there is none.

    """
    found = environ.get("MINASIDOR_NGINX") or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    if not found:
        raise Misconfigured("nginx is not installed (apt-get install nginx, brew install nginx)")
    return Path(found)


def _ahead() -> list[str]:
    """What the template imports: the common libraries, then our own packages that use them."""
    ours = [name.replace("-", "_") + ".app" for name in (*SERVICES, "gateway", "portal")]
    simulators = [f"sim_{name.replace('-', '_')}.app" for name in SIMULATORS]
    return [*COMMON, *TREES, *(name for name in (*ours, *simulators) if installed(name))]


def _prefix(service: str) -> str:
    return service.upper().replace("-", "_")


def _migration(group: str) -> str:
    return "migrate" if group == "all" else f"{group}.migrate"
