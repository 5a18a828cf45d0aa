"""Every service is of one shape, and every list that names the services names them all."""

import configparser
import importlib
import re
import tomllib
from pathlib import Path

import pytest

from contracts.catalogue import SERVICES, consumed_by

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").exists())
MODULES = ("domain", "store", "usecases", "schemas", "api", "app")
LINES = 500


def package(service: str) -> str:
    return service.replace("-", "_")


def test_the_catalogue_names_exactly_the_folders():
    assert sorted(SERVICES) == FOLDERS


def test_the_import_contracts_and_the_type_checker_name_every_service():
    linter = configparser.ConfigParser()
    linter.read(ROOT / ".importlinter")
    packages = {package(name) for name in FOLDERS}
    listed = set(linter["importlinter"]["root_packages"].split("\n"))
    containers = set(linter["importlinter:contract:grain"]["containers"].split("\n"))
    checked = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["packages"])
    assert packages <= listed
    assert packages <= containers
    assert packages <= checked


@pytest.mark.parametrize("service", FOLDERS)
def test_one_name_goes_through_folder_package_and_distribution(service):
    project = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text())["project"]
    assert project["name"] == f"minasidor-{service}"
    app = importlib.import_module(f"{package(service)}.app")
    assert service == app.SERVICE
    assert callable(app.create_app)
    assert callable(app.create_worker)


@pytest.mark.parametrize("service", FOLDERS)
def test_it_has_the_modules_of_the_grain_and_consumers_only_where_it_listens(service):
    source = ROOT / "services" / service / "src" / package(service)
    present = {path.stem for path in source.iterdir()}
    assert set(MODULES) <= present
    assert ("consumers" in present) == bool(consumed_by(service))
    assert list((source / "migrations" / "versions").glob("0001_*.py"))


@pytest.mark.parametrize("service", FOLDERS)
def test_it_has_tests_of_every_kind(service):
    tests = {path.name for path in (ROOT / "services" / service / "tests").rglob("test_*.py")}
    for kind in ("domain", "usecases", "api", "migrations"):
        assert any(kind in name for name in tests), f"{service} has no test_{kind}*.py"
    if consumed_by(service):
        assert any("consumers" in name for name in tests)


def test_no_module_of_ours_is_longer_than_anybody_reads():
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for folder in ("libs", "services", "gateway", "simulators", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if "tests" not in path.parts and (count := len(path.read_text().splitlines())) > LINES
    ]
    assert long == []


def test_commit_and_rollback_stand_in_the_chassis_alone():
    pattern = re.compile(r"\.(commit|rollback)\(")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("services", "gateway")
        for path in (ROOT / folder).rglob("src/**/*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_pika_is_known_to_the_chassis_messaging_alone():
    pattern = re.compile(r"^\s*(import pika|from pika)", re.MULTILINE)
    users = {
        str(path.relative_to(ROOT / "libs/chassis/src/chassis"))
        for path in (ROOT / "libs/chassis/src/chassis").rglob("*.py")
        if pattern.search(path.read_text())
    }
    assert all(name.split("/")[0].removesuffix(".py") == "messaging" for name in users), users
    for folder in ("services", "gateway"):
        for path in (ROOT / folder).rglob("src/**/*.py"):
            assert not pattern.search(path.read_text()), path
