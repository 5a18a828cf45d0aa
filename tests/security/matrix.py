"""Who may do what, as data: every route of every service by its declaration, the personas, the expected outcomes."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from typing import Any

import pytest

from chassis.cli import import_name, route_table
from chassis.ids import new_id
from contracts.catalogue import SERVICES

PARAMETER = re.compile(r"<(?:[a-z]+:)?(?P<name>[a-z_]+)>")
UNKNOWN = "01980000-0000-7000-8000-000000000000"
GATE = {"not-logged-in", "forbidden", "no-access", "account-not-chosen", "account-missing", "account-mismatch"}
"""The codes by which the gateway and the chassis refuse; a domain has its own."""

Outcome = tuple[int, str] | None
PASSES: Outcome = None
"""The access check lets it on; what the domain then says is the domain's."""
LOG_IN: Outcome = (401, "not-logged-in")
NO_GRANT: Outcome = (403, "no-access")
NO_SCOPE: Outcome = (403, "forbidden")
HIDDEN: Outcome = (404, "not-found")

# S is customer service with an open view of account A (B-22): reads it, changes nothing, and has its own routes.
PERSONAS = ("anonymous", "A1", "A2", "A3", "B1", "M", "R", "read-only", "S")


def everybody(outcome: Outcome, **others: Outcome) -> dict[str, Outcome]:
    """One outcome for all, others for those named (``read_only`` for ``read-only``)."""
    named = {name.replace("_", "-"): value for name, value in others.items()}
    return {persona: named.get(persona, outcome) for persona in PERSONAS}


RULES: dict[str, dict[str, Outcome]] = {
    "public": everybody(PASSES),
    "person": everybody(PASSES, anonymous=LOG_IN),
    "account read": everybody(PASSES, anonymous=LOG_IN, R=NO_GRANT),
    "account write": everybody(PASSES, anonymous=LOG_IN, R=NO_GRANT, read_only=NO_SCOPE, S=NO_SCOPE),
    "select-account": everybody(PASSES, anonymous=LOG_IN, B1=NO_GRANT, R=NO_GRANT),
    "staff": everybody(NO_SCOPE, anonymous=LOG_IN, S=PASSES),
    "internal": everybody(HIDDEN),
}
"""By kind of access. Each persona asks with its own account active; ``select-account`` is asked for account A."""


@dataclass(frozen=True)
class Row:
    """One route of a service."""

    service: str
    name: str
    method: str
    path: str
    access: str
    scope: str | None
    csrf: bool
    rate: str | None

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def key(self) -> str:
        """The name that providers are kept by."""
        return f"{self.service}.{self.name}"

    @property
    def kind(self) -> str:
        """The rule's name."""
        if self.access != "account":
            return self.access
        return "account read" if str(self.scope).endswith(":read") else "account write"

    @property
    def parameters(self) -> list[str]:
        """The names of the ids in the address."""
        return [found["name"] for found in PARAMETER.finditer(self.path)]

    @property
    def write(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"

    def address(self, **ids: str) -> str:
        """The public address; ids that are not given are unknown ones."""
        filled = PARAMETER.sub(lambda found: ids.get(found["name"], UNKNOWN), self.path)
        return f"/api/{self.service}{filled}"

    @property
    def expected(self) -> dict[str, Outcome]:
        """What each persona meets; fails for a kind that nobody has thought about."""
        if self.kind not in RULES:
            pytest.fail(f"{self}: no rule for access of kind {self.kind!r}; add one to RULES in {__name__}")
        return RULES[self.kind]


def rows_of(service: str, groups: Any) -> list[Row]:
    """The rows of a service's route groups."""
    fields = ("name", "method", "path", "access", "scope", "csrf", "rate")
    return [Row(service, **{field: route[field] for field in fields}) for route in route_table(groups)]


ROWS = [
    row
    for service in SERVICES
    for row in rows_of(service, importlib.import_module(f"{import_name(service)}.app").ROUTES)
]
OUTSIDE = [row for row in ROWS if row.access != "internal"]
WITH_ID = [row for row in OUTSIDE if row.parameters]
WRITES = [row for row in OUTSIDE if row.write]

DOCUMENT: dict[str, Any] = json.loads(files("gateway").joinpath("openapi.json").read_text(encoding="utf-8"))
_number = count(1)


def operation(row: Row) -> dict[str, Any]:
    """What the merged document says of a route; nothing, where the document is older than the route."""
    path = PARAMETER.sub(lambda found: f"{{{found['name']}}}", f"/api/{row.service}{row.path}")
    found: dict[str, Any] = DOCUMENT["paths"].get(path, {}).get(row.method.lower(), {})
    return found


def body_schema(row: Row) -> dict[str, Any] | None:
    """The schema of a route's JSON body, or None."""
    content = operation(row).get("requestBody", {}).get("content", {})
    return _resolve(content["application/json"]["schema"]) if "application/json" in content else None


def example_body(row: Row) -> dict[str, Any]:
    """A body that the schema takes, with what is required and no more."""
    schema = body_schema(row)
    return _example(schema) if schema else {}


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _example(schema: dict[str, Any]) -> Any:
    schema = _resolve(schema)
    if schema.get("format") == "email":
        return f"exempel-{next(_number)}@exempel.se"
    for name in ("example", "const"):
        if name in schema:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    makers: dict[str, Callable[[], Any]] = {
        "object": lambda: {name: _example(schema["properties"][name]) for name in schema.get("required", ())},
        "array": lambda: [_example(schema["items"]) for _ in range(schema.get("minItems", 0))],
        "integer": lambda: schema.get("minimum", 1),
        "number": lambda: schema.get("minimum", 1),
        "boolean": lambda: True,
        "null": lambda: None,
        "string": lambda: _text(schema),
    }
    return makers[kind]()


def _text(schema: dict[str, Any]) -> str:
    formats = {"uuid": str(new_id()), "date": "2026-03-05", "date-time": "2026-03-05T10:00:00Z"}
    return formats.get(schema.get("format", ""), "exempel".ljust(schema.get("minLength", 0), "e"))


def lets_on(outcome: tuple[int, str | None]) -> bool:
    """Whether an answer says that the access check was passed."""
    status, code = outcome
    return status < 500 and status not in {401, 405, 429} and code not in GATE


__all__ = ["DOCUMENT", "OUTSIDE", "PERSONAS", "ROWS", "RULES", "UNKNOWN", "WITH_ID", "WRITES", "Row", "example_body"]
