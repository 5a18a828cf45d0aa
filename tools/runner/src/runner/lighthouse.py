"""``./minasidor lighthouse [FOLDER]``: Lighthouse's word on the portal's most seen pages, against our goals for them.

A measurement, not a test: performance depends on what else the machine does. A page that misses nothing but that is
measured again, and its best time counts, because a busy machine can only make it worse.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runner import browser, pictures
from runner.journey.seed import KARIN
from runner.layout import Misconfigured

PAGES = ("/", "/logga-in", "/oversikt", "/fakturor", "/behorigheter")
KNOWN_TO_ALL = ("/", "/logga-in")
"""Measured without a session."""
PERFORMANCE, ACCESSIBILITY, BEST_PRACTICES = "performance", "accessibility", "best-practices"
GOALS = {PERFORMANCE: 95, ACCESSIBILITY: 100, BEST_PRACTICES: 100}
"""Category -> least score, of 100."""
MOST_BYTES = {"/oversikt": 150_000}
"""Page -> most bytes on the line, everything in it, compressed."""
ATTEMPTS = 3
SECONDS = 180
"""That one page may take, with Chromium's start."""
FOLDER = Path("tools/lighthouse")
"""Where the pinned program is, in the checkout."""


class Unmeasured(Exception):
    """Lighthouse gave no report, or one of another page."""


@dataclass(frozen=True)
class Measured:
    """What one report says of a page."""

    path: str
    scores: Mapping[str, int]
    """Category -> score of 100."""
    size: int
    """Bytes on the line, compressed, the page and all that it asked for."""
    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Category -> what took points away."""

    @property
    def missed(self) -> tuple[str, ...]:
        """One line for each goal that is missed; none when all are met."""
        lines = [
            f"{category} {self.scores[category]} of {least}" + _listed(self.remarks.get(category, ()))
            for category, least in GOALS.items()
            if self.scores[category] < least
        ]
        most = MOST_BYTES.get(self.path)
        if most is not None and self.size >= most:
            lines.append(f"{self.size} bytes, and {most} are too many")
        return tuple(lines)

    @property
    def only_slow(self) -> bool:
        """Whether nothing but performance is amiss, so that another attempt may say otherwise."""
        return len(self.missed) == 1 and self.scores[PERFORMANCE] < GOALS[PERFORMANCE]


def read(path: str, report: Mapping[str, Any]) -> Measured:
    """Read a report (Lighthouse's JSON) of the page ``path``.

    Raises:
        Unmeasured: when Lighthouse failed, or was led to another page (a login, say).

    """
    fault = report.get("runtimeError")
    if fault:
        raise Unmeasured(f"{path}: {fault.get('code')}: {fault.get('message')}")
    seen = urlsplit(report["finalDisplayedUrl"]).path
    if seen != path:
        raise Unmeasured(f"{path}: led to {seen}")
    categories, audits = report["categories"], report["audits"]
    if any(categories[name]["score"] is None for name in GOALS):
        raise Unmeasured(f"{path}: a category has no score")
    return Measured(
        path,
        {name: round(categories[name]["score"] * 100) for name in GOALS},
        round(audits["total-byte-weight"]["numericValue"]),
        {name: tuple(_remarks(categories[name], audits)) for name in GOALS},
    )


def _remarks(category: Mapping[str, Any], audits: Mapping[str, Any]) -> Iterable[str]:
    for reference in category["auditRefs"]:
        audit = audits.get(reference["id"])
        if audit and reference["weight"] and audit["score"] is not None and audit["score"] < 1:
            yield reference["id"] + (f" {audit['displayValue']}" if audit.get("displayValue") else "")


def _listed(remarks: tuple[str, ...]) -> str:
    return f" ({', '.join(remarks)})" if remarks else ""


def table(rows: Iterable[Measured]) -> str:
    """The measurements for people."""
    head = f"{'page':<16}{'performance':>12}{'accessibility':>15}{'best practices':>16}{'bytes':>10}"
    lines = [
        f"{row.path:<16}{row.scores[PERFORMANCE]:>12}{row.scores[ACCESSIBILITY]:>15}"
        f"{row.scores[BEST_PRACTICES]:>16}{row.size:>10}"
        for row in rows
    ]
    return "\n".join([head, *lines])


def take(url: str, told: Mapping[str, str], program: Path, out: Path) -> int:
    """Measure all pages of the suite at ``url``, print the table, leave the reports in ``out``; 1 for a missed goal."""
    out.mkdir(parents=True, exist_ok=True)
    rows: list[Measured] = []
    failed: list[str] = []
    with browser.chromium() as started:
        page = browser.visitor(started, url, phone=True)
        cookies = _log_in(page, told)
        try:
            for path in PAGES:
                sent = "" if path in KNOWN_TO_ALL else cookies
                try:
                    rows.append(best_of(partial(_run, program, url, path, sent, out)))
                except Unmeasured as error:
                    failed.append(str(error))
        finally:
            # The reports hold the headers that were sent: from here on they open nothing.
            page.goto("/oversikt")
            page.locator("form[action='/logga-ut'] button").first.click()
            page.wait_for_url("**/logga-ut")
    print(table(rows))
    failed += [f"{row.path}: {line}" for row in rows for line in row.missed]
    for fault in failed:
        print(f"minasidor: {fault}")
    print(f"minasidor: the reports are in {out.resolve()}")
    return 1 if failed else 0


def _log_in(page: Any, told: Mapping[str, str]) -> str:
    from sim_bankid.control import Control

    pictures.log_in(page, Control(told["MINASIDOR_BANKID_URL"]), KARIN)
    pictures.choose_first(page)
    return "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())


def best_of(measure: Callable[[], Measured]) -> Measured:
    """The first that misses nothing which time could mend, or the fastest of all attempts."""
    best: Measured | None = None
    fault = Unmeasured("nothing was measured")
    for _ in range(ATTEMPTS):
        try:
            measured = measure()
        except Unmeasured as error:  # Chromium's recording fails now and then on a busy machine
            fault = error
            continue
        if not measured.only_slow:
            return measured
        if best is None or measured.scores[PERFORMANCE] > best.scores[PERFORMANCE]:
            best = measured
    if best is None:
        raise fault
    return best


def _run(program: Path, url: str, path: str, cookies: str, out: Path) -> Measured:
    """One run; its report stays in ``out`` as JSON and as a page."""
    to = out / (path.strip("/") or "start")
    report = Path(f"{to}.report.json")
    report.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        headers = Path(folder) / "headers.json"  # not on the command line, which everybody on the machine may read
        headers.write_text(json.dumps({"Cookie": cookies} if cookies else {}), encoding="utf-8")
        argv = [
            str(program),
            url + path,
            "--quiet",
            "--output=json",
            "--output=html",
            f"--output-path={to}",
            f"--extra-headers={headers}",
            f"--only-categories={','.join(GOALS)}",
            f"--chrome-flags=--headless=new {' '.join(browser.FLAGS)}",
        ]
        chromium = browser.program(programs=browser.WHOLE)
        environ = {**os.environ, "CHROME_PATH": chromium, "TMPDIR": folder}
        try:
            ended = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unmeasured(f"{path}: Lighthouse did not end in {SECONDS} s") from error
    if ended.returncode or not report.exists():
        raise Unmeasured(f"{path}: {ended.stderr.strip()[-500:] or f'Lighthouse ended with {ended.returncode}'}")
    return read(path, json.loads(report.read_text(encoding="utf-8")))


def install(root: Path, environ: Mapping[str, str]) -> Path:
    """Lighthouse as it is locked, from npm at the first time and after a change; returns the program.

    Raises:
        Misconfigured: without Node, or when npm could not fetch it.

    """
    npm = shutil.which("npm", path=environ.get("PATH"))
    if npm is None or shutil.which("node", path=environ.get("PATH")) is None:
        raise Misconfigured(
            "Lighthouse needs Node 18.20 or newer with npm (apt-get install npm); nothing else here does"
        )
    folder = root / FOLDER
    program, lock = folder / "node_modules/.bin/lighthouse", folder / "package-lock.json"
    installed = folder / "node_modules/.package-lock.json"
    if not program.exists() or not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        print("minasidor: fetching Lighthouse (npm ci)", flush=True)
        ended = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"],
            cwd=folder,
            env=dict(environ),
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise Misconfigured(f"npm could not fetch Lighthouse:\n{ended.stderr.strip()[-1000:]}")
    return program


__all__ = ["FOLDER", "GOALS", "PAGES", "Measured", "Unmeasured", "best_of", "install", "read", "table", "take"]
