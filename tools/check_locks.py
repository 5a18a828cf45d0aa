#!/usr/bin/env python3
"""Say whether the lock files are clean: hashes on every line, no address of an index, no lock of another tool.

Exit 1 with one line per fault.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?==[^ ]+")


def faults_in(name: str, text: str) -> list[str]:
    """What is wrong with one ``requirements/*.txt``."""
    found = []
    if "://" in text:
        found.append(f"{name}: holds an address")
    if re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links|-f)\b", text, re.MULTILINE):
        found.append(f"{name}: names an index")
    logical = text.replace("\\\n", " ").splitlines()
    for line in logical:
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        if not PINNED.match(entry):
            found.append(f"{name}: not pinned: {entry.split(' ')[0]}")
        elif "--hash=sha256:" not in entry:
            found.append(f"{name}: no hash: {entry.split(' ')[0]}")
    return found


def check(root: Path) -> list[str]:
    """What is wrong with the checkout."""
    found = []
    for path in sorted((root / "requirements").glob("*.txt")):
        found += faults_in(path.name, path.read_text(encoding="utf-8"))
    for pattern in ("uv.lock", "pylock*.toml"):
        found += [f"{path.relative_to(root)}: records addresses" for path in root.glob(f"*/**/{pattern}")]
        found += [f"{path.name}: records addresses" for path in root.glob(pattern)]
    for path in root.glob("**/package-lock.json"):
        if "node_modules" not in path.parts and '"resolved"' in path.read_text(encoding="utf-8"):
            found.append(f"{path.relative_to(root)}: records addresses")
    return [fault for fault in found if not fault.startswith((".venv", ".run"))]


if __name__ == "__main__":
    faults = check(ROOT)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)
