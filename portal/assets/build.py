#!/usr/bin/env python3
"""Bring the locked npm packages into the portal's own package; the result is committed, so only a change needs Node.

    npm ci && python3 build.py          copy design system, theme, htmx, font, icons and axe (axe is for tests alone)
    npm install ... && python3 build.py --lock     after a changed dependency: also clean the lock of addresses

A theme of another brand: change ``accent`` in designsystemet.config.json, or give ``--accent '#7a1f3d'``.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
VENDOR = HERE.parent / "src" / "portal" / "static" / "vendor"
TESTS = HERE.parent / "tests" / "vendor"
ICONS = [
    "activity",
    "arrow-left",
    "arrow-right",
    "bell",
    "building-2",
    "calendar",
    "check",
    "chevron-down",
    "chevron-right",
    "circle-alert",
    "circle-check",
    "circle-user",
    "clock",
    "credit-card",
    "download",
    "droplets",
    "external-link",
    "eye",
    "file-text",
    "flame",
    "gauge",
    "globe",
    "hand-coins",
    "history",
    "house",
    "info",
    "key-round",
    "landmark",
    "lightbulb",
    "link",
    "log-in",
    "log-out",
    "mail",
    "menu",
    "message-square",
    "monitor",
    "pencil",
    "phone",
    "plus",
    "printer",
    "qr-code",
    "receipt",
    "refresh-cw",
    "search",
    "send",
    "settings",
    "shield",
    "shield-check",
    "smartphone",
    "thermometer",
    "trash-2",
    "triangle-alert",
    "upload",
    "user",
    "user-check",
    "user-plus",
    "users",
    "wifi-off",
    "wrench",
    "x",
    "zap",
]


def main() -> None:
    """Build everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lock", action="store_true", help="remove addresses of sponsors from package-lock.json")
    parser.add_argument("--accent", help="brand colour, #rrggbb; every other colour follows from it")
    options = parser.parse_args()
    if options.lock:
        clean_lock()
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    TESTS.mkdir(parents=True, exist_ok=True)
    package = MODULES / "@digdir" / "designsystemet-css"
    copy(package / "dist/src/index.css", VENDOR / "designsystemet.css")
    theme(options.accent)
    copy(MODULES / "htmx.org/dist/htmx.min.js", VENDOR / "htmx.js")
    copy(MODULES / "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", VENDOR / "inter.woff2")
    copy(MODULES / "axe-core/axe.min.js", TESTS / "axe.js")
    icons()
    licences()


def copy(source: Path, target: Path) -> None:
    """Copy without the pointer to a source map that is not shipped."""
    if source.suffix in {".css", ".js"}:
        text = re.sub(r"\n?(//|/\*)# sourceMappingURL=\S+( \*/)?", "", source.read_text(encoding="utf-8"))
        target.write_text(text.rstrip() + "\n", encoding="utf-8")
    else:
        shutil.copyfile(source, target)


def theme(accent: str | None) -> None:
    """Make the theme: scales with enough contrast, light and dark, from one colour."""
    config = json.loads((HERE / "designsystemet.config.json").read_text(encoding="utf-8"))
    config["outDir"] = "tokens"
    if accent:
        config["themes"]["minasidor"]["colors"]["main"]["accent"] = accent
    program = str(MODULES / ".bin" / "designsystemet")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "designsystemet.config.json").write_text(json.dumps(config), encoding="utf-8")
        for command in (["create"], ["build", "-t", "tokens", "-o", "built"]):
            subprocess.run(["node", program, "tokens", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        copy(Path(folder) / "built/minasidor.css", VENDOR / "theme.css")


def icons() -> None:
    """One file of symbols, from the icons that are used."""
    symbols = []
    for name in ICONS:
        svg = (MODULES / "lucide-static/icons" / f"{name}.svg").read_text(encoding="utf-8")
        inner = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
        if inner is None:
            raise ValueError(name)
        body = re.sub(r"\s+", " ", inner[1]).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round">'
    )
    (VENDOR / "icons.svg").write_text("\n".join([head, *symbols, "</svg>"]) + "\n", encoding="utf-8")


def licences() -> None:
    """Whose work it is, and under which terms."""
    parts = []
    for name in ("@digdir/designsystemet-css", "htmx.org", "@fontsource-variable/inter", "lucide-static"):
        folder = MODULES / name
        version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
        text = (folder / "LICENSE").read_text(encoding="utf-8").strip()
        parts.append(f"{name} {version}\n\n{text}\n")
    (VENDOR / "LICENSES.txt").write_text(("\n" + "=" * 72 + "\n\n").join(parts), encoding="utf-8")


def clean_lock() -> None:
    """Sponsors' addresses say nothing about what is installed."""
    path = HERE / "package-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    for entry in lock["packages"].values():
        entry.pop("funding", None)
    path.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
