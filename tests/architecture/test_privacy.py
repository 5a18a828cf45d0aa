"""B-21, J8, J10: every service takes part in exports and erasures, and no table with personal data can be forgotten."""

import importlib
import re
import sys
from pathlib import Path

import pytest
from sqlalchemy import Table

from chassis.privacy import Holdings
from contracts.catalogue import ANSWERS, CATALOGUE, SERVICES
from contracts.data_requests import COORDINATOR, REGISTRY_OF_ACCOUNTS, DataRequestScopedV1, type_for

ROOT = Path(__file__).parents[2]
CREATED = re.compile(
    r"create_table\(\s*[\"'](?P<op>\w+)[\"']"
    r"|CREATE TABLE (?:IF NOT EXISTS )?(?:\w+\.)?\"?(?P<sql>\w+)\"?(?![\w.])(?! PARTITION OF)",
    re.IGNORECASE,
)


def package(service):
    return service.replace("-", "_")


def holdings(service) -> Holdings:
    return importlib.import_module(f"{package(service)}.app").HOLDINGS


def tables(service):
    """Every table that the service's migrations have made; the chassis's own are made by the chassis."""
    folder = ROOT / "services" / service / "src" / package(service) / "migrations" / "versions"
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    return {found["op"] or found["sql"] for found in CREATED.finditer(text)}


@pytest.mark.parametrize("service", SERVICES)
def test_FJ8_every_service_is_asked_and_answers(service):
    assert service == REGISTRY_OF_ACCOUNTS or service in DataRequestScopedV1.spec.consumers
    if service == COORDINATOR:
        return
    assert ANSWERS[service].spec is CATALOGUE[type_for(service)]
    assert ANSWERS[service].spec.consumers == (COORDINATOR,)


@pytest.mark.parametrize("service", SERVICES)
def test_FJ10_every_table_is_declared_or_said_to_hold_nothing_of_a_person(service):
    made = tables(service)
    assert made, "the pattern finds the tables"
    declared = holdings(service).tables
    assert made - declared == set(), f"name it in HOLDINGS of {service}, and take it into export and erasure"
    assert declared - made == set(), "declared, and no migration makes it"


@pytest.mark.parametrize("service", SERVICES)
def test_FJ10_every_exception_has_a_reason(service):
    declared = holdings(service)
    reasons = [*declared.impersonal.values(), *(item.not_exported for item in declared.items if item.file is None)]
    assert all(len(reason) > 10 for reason in reasons)


@pytest.mark.parametrize("service", SERVICES)
def test_FJ8_export_and_erasure_name_each_table_that_they_answer_for(service):
    """A table that is declared and that neither reads nor erases would be a promise and no more."""
    source = ROOT / "services" / service / "src" / package(service)
    asked = "".join(path.read_text(encoding="utf-8") for path in source.glob("usecases/privacy.py"))
    used = set(re.findall(r"\w+", " ".join(re.findall(rf"from {package(service)}\.store import ([^\n]+)", asked))))
    modules = [source / "store.py", *(source / "store" / f"{name}.py" for name in used)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules if path.exists())
    metadata = _metadata(service)
    for item in holdings(service).items:
        for table in item.tables:
            names = metadata.get(table, set()) | {table}
            assert any(re.search(rf"\b{re.escape(name)}\b", text) for name in names), f"{service}: {table}"


def _metadata(service):
    """Table name -> the names of the variables that stand for it in the service's store."""
    importlib.import_module(f"{package(service)}.app")
    found: dict[str, set[str]] = {}
    for name, module in list(sys.modules.items()):
        if name == f"{package(service)}.store" or name.startswith(f"{package(service)}.store."):
            for variable, value in vars(module).items():
                if isinstance(value, Table):
                    found.setdefault(value.name, set()).add(variable)
    return found


def test_the_pattern_sees_both_ways_to_make_a_table():
    text = 'op.create_table(\n    "case",\n CREATE TABLE reading (\n CREATE TABLE ledger.entry (x'
    assert {found["op"] or found["sql"] for found in CREATED.finditer(text)} == {"case", "reading", "entry"}
