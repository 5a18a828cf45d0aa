#!/usr/bin/env python3
"""Write a service of the suite's shape, and enter it in every list that must know it.

    .venv/bin/python tools/new_service.py parking-permits --noun permit --description "Parking permits"

Makes ``services/<name>`` from ``tools/templates/service`` (code, migration, tests), adds the name to the catalogue, the
import contract, the type checker and the generated files. The new service has a database, a broker user, a queue and
routes for drafts of its noun, and passes the whole test suite as it stands.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = Path(__file__).resolve().parent / "templates" / "service"
NAME = re.compile(r"^[a-z]+(-[a-z]+)*$")


def tokens(service: str, noun: str, plural: str, description: str) -> dict[str, str]:
    """Everything that a template may say, from the four words that differ."""
    return {
        "service": service,
        "package": service.replace("-", "_"),
        "PREFIX": service.replace("-", "_").upper(),
        "scope": service,
        "description": description,
        "noun": noun.replace("-", " "),
        "noun_code": noun,
        "noun_name": noun.replace("-", "_"),
        "nouns": plural,
        "nouns_name": plural.replace("-", "_"),
        "Noun": "".join(part.capitalize() for part in noun.split("-")),
    }


def fill(text: str, values: dict[str, str]) -> str:
    """Replace every ``@@token@@``; raises ``KeyError`` for one that does not exist."""
    return re.sub(r"@@(\w+)@@", lambda match: values[match[1]], text)


def write(root: Path, values: dict[str, str]) -> Path:
    """Write the folder; raises ``SystemExit`` where it exists."""
    target = root / "services" / values["service"]
    if (target / "src" / values["package"] / "app.py").exists():
        raise SystemExit(f"{target} exists already")
    for template in sorted(TEMPLATES.rglob("*.tmpl")):
        relative = str(template.relative_to(TEMPLATES)).removesuffix(".tmpl").replace("__package__", values["package"])
        path = target / fill(relative, values)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fill(template.read_text(encoding="utf-8"), values), encoding="utf-8")
    return target


def _insert(path: Path, after: str, line: str) -> None:
    # Lists that cannot be derived have one marker line each; the new name goes in front of it, once.
    text = path.read_text(encoding="utf-8")
    if line in text:
        return
    if after not in text:
        raise SystemExit(f"{path} has no line {after!r}")
    path.write_text(text.replace(after, f"{line}{after}"), encoding="utf-8")


def register(root: Path, values: dict[str, str]) -> None:
    """Enter the service in the catalogue, the import contract, the type checker and the known scopes."""
    _insert(
        root / "libs/contracts/src/contracts/catalogue.py",
        "    # new services above\n",
        f'    "{values["service"]}",\n',
    )
    _insert(root / "libs/chassis/src/chassis/scopes.py", "    # new services above\n", f'    "{values["scope"]}",\n')
    linter = root / ".importlinter"
    text = linter.read_text(encoding="utf-8")
    package = values["package"]
    if f"    {package}\n" not in text:
        text = text.replace("    # new services above\n", f"    {package}\n    # new services above\n")
        text = text.replace(" | orders\n", f" | orders | {package}\n")
        linter.write_text(text, encoding="utf-8")
    _insert(root / "pyproject.toml", "  # new services above\n", f'  "{package}",\n')


def main() -> int:
    """Make the service named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", help="folder name, lower case with hyphens")
    parser.add_argument("--noun", required=True, help="what one of them is called, singular")
    parser.add_argument("--plural", help="default: the noun with an s")
    parser.add_argument("--description", default="")
    options = parser.parse_args()
    plural = options.plural or f"{options.noun}s"
    for word in (options.service, options.noun, plural):
        if not NAME.match(word):
            parser.error(f"{word!r}: lower-case words joined by hyphens")
    values = tokens(
        options.service, options.noun, plural, options.description or f"{plural.capitalize()} of an account"
    )
    target = write(ROOT, values)
    register(ROOT, values)
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(target)]
    subprocess.run(install, check=True)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(target)], check=True)
    subprocess.run([sys.executable, "-m", "ruff", "check", "-q", "--fix", "--select", "I", str(target)], check=True)
    subprocess.run([sys.executable, str(ROOT / "tools" / "generate_docs.py")], check=True)
    print(f"{target.relative_to(ROOT)} is ready: ./minasidor test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
