"""The bench forms its table and its rows are right. What they say about time is for people, not for a test."""

import importlib
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def table():
    package = types.ModuleType("bench")
    package.__path__ = [str(HERE)]
    sys.modules["bench"] = package
    yield importlib.import_module("bench.table")
    for name in [name for name in sys.modules if name == "bench" or name.startswith("bench.")]:
        del sys.modules[name]


def test_a_ratio_is_taken_round_by_round_so_that_drift_cancels(table):
    row = table.Row("what", "against", "x/s", table.Goal(at_least=0.5))
    row.add(10, 20)
    row.add(100, 100)
    row.add(1, 4)
    assert row.values == [0.5, 1.0, 0.25]
    assert row.median == 0.5
    assert row.verdict == table.MET


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        ({"at_least": 0.75}, 0.74, "MISSED"),
        ({"at_least": 0.75}, 0.75, "met"),
        ({"at_most": 1.3}, 1.31, "MISSED"),
        ({"at_most": 1.3}, 1.3, "met"),
        ({}, 0.01, "-"),
    ],
)
def test_the_verdict_says_what_the_median_says(table, goal, value, verdict):
    row = table.Row("what", "against", "x/s", table.Goal(**goal))
    row.add(value, 1)
    assert row.verdict == verdict


def test_an_added_time_is_a_difference(table):
    row = table.Row("what", "against", "ms", table.Goal(at_most=0.15), difference=True)
    row.add(0.5, 0.375)
    assert row.values == [0.125]
    assert row.verdict == "met"


def test_what_could_not_be_measured_says_why_and_is_neither_met_nor_missed(table):
    rows = [table.failed("relay", ConnectionError("no\nbroker"))]
    assert "ConnectionError: no broker" in table.render(rows)
    assert table.summary(rows) == "0 goals met, 0 missed, 1 could not be measured"


def test_every_line_of_the_table_has_its_columns_under_the_head(table):
    good = table.Row("a thing", "another", "x/s", table.Goal(at_least=0.5))
    good.add(123456, 200000)
    lines = table.render([good, table.failed("lost", ValueError("because"))]).splitlines()
    place = lines[0].index("verdict")
    assert lines[2][place : place + 3] == "met"
    assert lines[3][place : place + 12] == "not measured"
    assert "123 456 x/s" in lines[2]


@pytest.mark.slow
def test_the_quick_bench_of_one_part_prints_its_table_and_writes_its_figures(tmp_path):
    written = tmp_path / "bench.json"
    ended = subprocess.run(
        [sys.executable, str(HERE), "--quick", "--only", "relay", "--json", str(written)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    head, _rule, *rows = ended.stdout.splitlines()
    assert head.split()[:3] == ["what", "against", "goal"]
    assert rows[0].startswith("relay, outbox to broker  pika SelectConnection")
    known = json.loads(written.read_text())["rows"]
    assert all(row["ours"][0] > 0 and row["limit"][0] > 0 for row in known)


def test_a_part_that_does_not_exist_is_refused_with_those_that_do():
    ended = subprocess.run(
        [sys.executable, str(HERE), "--only", "relays"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "unknown: relays; there are relay, consumer" in ended.stderr
