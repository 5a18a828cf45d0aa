"""Journeys are walked through the gateway, as everybody walks them: none reaches into a service or its database."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

JOURNEYS = sorted((Path(__file__).resolve().parents[1] / "journeys").glob("*.py"))
DATABASE = frozenset({"query", "database_url", "execute"})
SERVICES = frozenset(
    {"identity", "org_registry", "invitations", "billing", "metering", "notify", "activity", "cases", "orders"}
)
DRIVERS = frozenset({"psycopg", "sqlalchemy"})


def reaching(source: str) -> list[str]:
    """The names in ``source`` that only somebody inside would use."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in DATABASE:
            found.append(node.attr)
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        found += [module for module in modules if module.split(".")[0] in DRIVERS | SERVICES]
    return found


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda path: path.stem)
def test_a_journey_reaches_into_no_service(journey: Path) -> None:
    assert reaching(journey.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source", ["import psycopg", "from billing.store import invoices", "suite.query('billing', 'SELECT 1')"]
)
def test_what_reaches_inside_is_found(source: str) -> None:
    assert reaching(source)
