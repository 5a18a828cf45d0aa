"""What Lighthouse's reports are read as, and when a goal is missed. The measurement itself is no test."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner import lighthouse
from runner.layout import Misconfigured
from runner.lighthouse import Measured, Unmeasured

RECORDED = json.loads((Path(__file__).parent / "recorded/lighthouse.json").read_text(encoding="utf-8"))
"""A report of Lighthouse 12.8.2 on the overview, without what nobody reads here."""


def report(**scores: float) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(RECORDED)
    for category, score in scores.items():
        made["categories"][category.replace("_", "-")]["score"] = score
    return made


def measured(*, performance: int = 100, accessibility: int = 100, size: int = 1, path: str = "/oversikt") -> Measured:
    scores = {"performance": performance, "accessibility": accessibility, "best-practices": 100}
    return Measured(path, scores, size)


def test_a_report_is_read_as_scores_of_a_hundred_and_bytes() -> None:
    read = lighthouse.read("/oversikt", RECORDED)
    assert read.scores == {"performance": 100, "accessibility": 100, "best-practices": 100}
    assert read.size == RECORDED["audits"]["total-byte-weight"]["numericValue"] == 113900
    assert read.missed == ()


@pytest.mark.parametrize(
    ("scores", "missed"),
    [
        ({"performance": 0.95}, ()),
        ({"performance": 0.94}, ("performance 94 of 95",)),
        ({"accessibility": 0.99}, ("accessibility 99 of 100",)),
        ({"best_practices": 0.96}, ("best-practices 96 of 100",)),
        ({"performance": 0.5, "accessibility": 0.9}, ("performance 50 of 95", "accessibility 90 of 100")),
    ],
)
def test_each_goal_that_is_missed_is_named_with_what_it_wants(
    scores: dict[str, float], missed: tuple[str, ...]
) -> None:
    told = lighthouse.read("/oversikt", report(**scores)).missed
    assert tuple(line.split(" (")[0] for line in told) == missed


def test_what_took_the_points_is_said() -> None:
    made = report(accessibility=0.93)
    made["audits"]["aria-hidden-focus"] |= {"score": 0}
    made["audits"]["largest-contentful-paint"] |= {"score": 0.4, "displayValue": "4.1 s"}
    read = lighthouse.read("/oversikt", made)
    assert read.missed == ("accessibility 93 of 100 (aria-hidden-focus)",)
    assert "largest-contentful-paint 4.1 s" in read.remarks["performance"]


def test_the_overview_and_it_alone_has_a_limit_of_bytes() -> None:
    assert measured(size=149_999).missed == ()
    assert measured(size=150_000).missed == ("150000 bytes, and 150000 are too many",)
    assert measured(size=150_000, path="/fakturor").missed == ()


def test_a_page_that_led_elsewhere_or_a_run_that_failed_is_not_taken_for_a_measurement() -> None:
    made = report() | {"finalDisplayedUrl": "http://localhost:8080/logga-in?till=/oversikt"}
    with pytest.raises(Unmeasured, match="/oversikt: led to /logga-in"):
        lighthouse.read("/oversikt", made)
    with pytest.raises(Unmeasured, match="NO_FCP"):
        lighthouse.read("/oversikt", report() | {"runtimeError": {"code": "NO_FCP", "message": "nothing painted"}})
    without: dict[str, Any] = report(accessibility=None)  # type: ignore[arg-type]
    with pytest.raises(Unmeasured, match="no score"):
        lighthouse.read("/oversikt", without)


def attempts(*outcomes: Measured | Unmeasured) -> Callable[[], Measured]:
    left = iter(outcomes)

    def measure() -> Measured:
        outcome = next(left)
        if isinstance(outcome, Unmeasured):
            raise outcome
        return outcome

    return measure


def test_only_what_a_busy_machine_may_have_done_is_tried_again_and_three_times_at_most() -> None:
    slow, slower, fine = measured(performance=90), measured(performance=80), measured(performance=96)
    assert lighthouse.best_of(attempts(slow, fine)) is fine
    assert lighthouse.best_of(attempts(slower, slow, slower)) is slow
    unseen = measured(accessibility=99)
    assert lighthouse.best_of(attempts(unseen)) is unseen
    assert lighthouse.best_of(attempts(Unmeasured("NO_NAVSTART"), fine)) is fine
    with pytest.raises(Unmeasured, match="third"):
        lighthouse.best_of(attempts(Unmeasured("first"), Unmeasured("second"), Unmeasured("third")))


def test_the_table_has_a_line_for_each_page() -> None:
    lines = lighthouse.table([measured(path="/"), measured(performance=97, size=113_900)]).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["/", "100", "100", "100", "1"],
        ["/oversikt", "97", "100", "100", "113900"],
    ]


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_without_node_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"Node 18\.20 or newer with npm"):
        lighthouse.install(tmp_path, {"PATH": str(tmp_path)})


def test_the_locked_program_is_fetched_once_and_again_when_the_lock_changes(tmp_path: Path) -> None:
    folder = tmp_path / lighthouse.FOLDER
    folder.mkdir(parents=True)
    lock = folder / "package-lock.json"
    lock.write_text("{}")
    program(tmp_path / "node", "exit 0")
    program(
        tmp_path / "npm",
        'test "$1" = ci && echo . >> calls && mkdir -p node_modules/.bin && touch node_modules/.package-lock.json'
        " && touch node_modules/.bin/lighthouse",
    )
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    for _ in range(2):
        assert lighthouse.install(tmp_path, environ) == folder / "node_modules/.bin/lighthouse"
    assert (folder / "calls").read_text() == ".\n"
    later = lock.stat().st_mtime + 60
    os.utime(lock, (later, later))
    lighthouse.install(tmp_path, environ)
    assert (folder / "calls").read_text() == ".\n.\n"
    program(tmp_path / "npm", "echo no network >&2; exit 1")
    with pytest.raises(Misconfigured, match="no network"):
        lighthouse.install(tmp_path, environ)


def test_one_version_is_pinned_and_its_lock_tells_no_addresses() -> None:
    folder = Path(__file__).resolve().parents[3] / lighthouse.FOLDER
    (version,) = json.loads((folder / "package.json").read_text())["devDependencies"].values()
    lock = (folder / "package-lock.json").read_text()
    assert json.loads(lock)["packages"]["node_modules/lighthouse"]["version"] == version
    assert "://" not in lock
