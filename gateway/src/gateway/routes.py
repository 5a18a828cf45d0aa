"""``python -m gateway.routes [--write | --check]``: the route table and the merged OpenAPI document, from the services.

Both are committed, so that the gateway's image holds no service's code; a test says that they are current.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from chassis.app import create_app
from chassis.cli import import_name, route_table
from chassis.settings import Settings
from contracts.catalogue import SERVICES

PATH = Path(__file__).with_name("routes.json")
OPENAPI_PATH = Path(__file__).with_name("openapi.json")
API_INFO = {"name": "api_info", "method": "GET", "path": "/v1/api-info", "access": "public", "csrf": True}


def _modules() -> Iterator[tuple[str, ModuleType]]:
    # A service of the catalogue without an application yet has no routes; anything else missing is a fault.
    for service in SERVICES:
        name = f"{import_name(service)}.app"
        try:
            yield service, importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise


def table() -> dict[str, list[dict[str, Any]]]:
    """Every route that may be reached from outside, per service. Internal ones are left out."""
    return {
        service: [API_INFO, *(row for row in route_table(module.ROUTES) if row["access"] != "internal")]
        for service, module in _modules()
    }


def text() -> str:
    """``routes.json`` as it should be: one route a line."""
    parts = []
    for service, rows in table().items():
        lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
        parts.append(f'  "{service}": [\n{lines}\n  ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def openapi_text() -> str:
    """``openapi.json`` as it should be: the documents of all services in one, with the addresses that people use."""
    documents = {}
    for service, module in _modules():
        settings = Settings(service=service, database_url="", environment="test", log_level="ERROR")
        app = create_app(settings, module.ROUTES, title=service, make_database=None)
        documents[service] = app.extensions["openapi"]
    return json.dumps(merge(documents), indent=1, ensure_ascii=False) + "\n"


def merge(documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One document: paths get their public prefix, components the service's name, internal operations go."""
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Minasidor",
            "version": "1",
            "description": "Alla tjänsters API:er genom gatewayen.\n\nThe APIs of all services, through the gateway.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "tags": [],
        "paths": {},
        "components": {},
    }
    for service, document in documents.items():
        renamed = _renamed(service, document, merged["components"])
        for kind, entries in document.get("components", {}).items():
            target = merged["components"].setdefault(kind, {})
            for name, entry in entries.items():
                target[renamed.get((kind, name), name)] = _rewrite(entry, renamed)
        merged["tags"] += [tag for tag in document.get("tags", []) if tag not in merged["tags"]]
        for path, item in document["paths"].items():
            operations = {
                key: _rewrite(value, renamed)
                for key, value in item.items()
                if not (isinstance(value, dict) and value.get("x-access", {}).get("kind") == "internal")
            }
            for value in operations.values():
                if isinstance(value, dict) and "operationId" in value:
                    value["operationId"] = f"{service}.{value['operationId']}"
            if any(isinstance(value, dict) and "responses" in value for value in operations.values()):
                merged["paths"][f"/api/{service}{path}"] = operations
    return merged


def _renamed(service: str, document: dict[str, Any], known: dict[str, Any]) -> dict[tuple[str, str], str]:
    # What all services share (Problem, the session cookie) stays under its own name, once.
    return {
        (kind, name): f"{service}.{name}"
        for kind, entries in document.get("components", {}).items()
        for name, entry in entries.items()
        if kind == "schemas" and not name.startswith("Problem") and known.get(kind, {}).get(name) != entry
    }


def _rewrite(value: Any, renamed: dict[tuple[str, str], str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _reference(entry, renamed) if key == "$ref" and isinstance(entry, str) else _rewrite(entry, renamed)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [_rewrite(entry, renamed) for entry in value]
    return value


def _reference(reference: str, renamed: dict[tuple[str, str], str]) -> str:
    *start, kind, name = reference.split("/")
    return "/".join([*start, kind, renamed.get((kind, name), name)])


def main() -> int:
    """Write the files, or (``--check``) say whether they are current: status 1 where not."""
    parser = argparse.ArgumentParser(prog="python -m gateway.routes", description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true")
    action.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = False
    for path, wanted in ((PATH, text()), (OPENAPI_PATH, openapi_text())):
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        stale = True
        if options.write:
            path.write_text(wanted, encoding="utf-8")
        sys.stdout.write(f"{'written' if options.write else 'not current'}: {path.name}\n")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
