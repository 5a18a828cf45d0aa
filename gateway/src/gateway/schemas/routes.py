"""The route table: every address of every service that may be reached from outside, as data.

``routes.json`` is made by ``python -m gateway.routes --write`` from the services' own declarations. Internal routes are
not in it, so neither nginx nor the policy has a way to them.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import msgspec
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, MapAdapter, Rule

from chassis.errors import NotFound

READS = frozenset({"GET", "HEAD"})
PLACEHOLDER = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\([^)]*\))?:)?[a-z_][a-z0-9_]*>")
PATTERNS = {
    None: r"[^/\x00-\x20\x7f-\xff%?#\x5c]+",
    "string": r"[^/\x00-\x20\x7f-\xff%?#\x5c]+",
    "int": r"[0-9]+",
    "uuid": r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one address; the fields are those of ``chassis.cli.route_table``."""

    name: str
    method: str
    path: str
    access: str
    scope: str | None = None
    area: str | None = None
    claims: tuple[str, ...] = ()
    csrf: bool = True
    idempotent: bool = False
    body_limit: int = 64 * 1024
    rate: str | None = None
    service: str = ""

    @property
    def public_path(self) -> str:
        """The address as people see it."""
        return f"/api/{self.service}{self.path}"

    @property
    def question(self) -> str:
        """What the policy must find out. Reads of one service with the same question share a token for a second."""
        return "+".join([self.access, *sorted(self.claims)])

    @property
    def pattern(self) -> str:
        """The address as a regular expression for nginx, without anchors."""
        parts, end = [], 0
        for found in PLACEHOLDER.finditer(self.public_path):
            kind = found["kind"]
            if kind not in PATTERNS:
                message = f"{self.public_path}: the gateway has no pattern for <{kind}:...>"
                raise ValueError(message)
            parts += [re.escape(self.public_path[end : found.start()]).replace(r"\-", "-"), PATTERNS[kind]]
            end = found.end()
        return "".join(parts) + re.escape(self.public_path[end:]).replace(r"\-", "-")


class RouteTable:
    """Finds the operation for a method and an address."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = [operation for operation in operations if operation.access != "internal"]
        self._map = Map(
            [
                Rule(each.public_path, methods=[each.method], endpoint=number)
                for number, each in enumerate(self.operations)
            ],
            strict_slashes=True,
            merge_slashes=False,
            redirect_defaults=False,
        )
        self._adapter: MapAdapter = self._map.bind("gateway")

    @classmethod
    def load(cls, path: str = "") -> RouteTable:
        """Read the packaged table, or the one in ``path``."""
        raw = Path(path).read_bytes() if path else files("gateway").joinpath("routes.json").read_bytes()
        services = msgspec.json.decode(raw, type=dict[str, list[Operation]])
        return cls(
            [msgspec.structs.replace(row, service=service) for service, rows in services.items() for row in rows]
        )

    def match(self, method: str, path: str) -> Operation:
        """Return the operation; raises ``NotFound``, or werkzeug's ``MethodNotAllowed``."""
        try:
            number: int = self._adapter.match(path, method=method)[0]
        except MethodNotAllowed:
            raise
        except HTTPException as error:
            raise NotFound from error
        return self.operations[number]

    def of(self, service: str) -> list[Operation]:
        """The operations of one service."""
        return [operation for operation in self.operations if operation.service == service]
