"""``./minasidor bench``: what the suite costs, as ratios against limits and known peers of the same minute.

A figure of one machine says little; the ratio to a limit that was taken in the same round says much. Each row shows the
median, the least and the greatest ratio over the rounds, its goal, and whether the median meets it. Nothing here fails
because something is slow: the status is 0 unless something could not be measured.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import sys
import time
import types
from pathlib import Path
from typing import Any

import structlog

HERE = Path(__file__).resolve().parent
PARTS = ("relay", "consumer", "latency", "commands", "lists", "gateway", "start")
"""In this order: the last two start servers of their own."""
LEGEND = "Median, min and max are of ours over the other (or of ours alone), round by round."


def _be_a_package() -> None:
    # This folder as the package ``bench``, and not on the path: it has a ``gateway.py``, which is no gateway.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    package = types.ModuleType("bench")
    package.__path__ = [str(HERE)]
    sys.modules["bench"] = package


def main() -> int:
    """Measure and print."""
    _be_a_package()
    if sys.argv[1:2] == ["--child"]:
        return int(importlib.import_module("bench.children").main(*sys.argv[2:]))
    options = _parser().parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    rows = importlib.import_module("bench.run").measure(options.only, quick=options.quick, say=_say)
    table = importlib.import_module("bench.table")
    sys.stdout.write(f"{table.render(rows)}\n\n{table.summary(rows)}. {LEGEND}\n")
    if options.json:
        _write(options.json, rows, quick=options.quick)
    return 1 if any(row.trouble for row in rows) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./minasidor bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute: fewer rounds, smaller loads, no peers")
    parser.add_argument("--only", type=_parts, default=PARTS, metavar="A,B", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round, too")
    return parser


def _parts(text: str) -> tuple[str, ...]:
    wanted = tuple(text.split(","))
    if unknown := set(wanted) - set(PARTS):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in wanted)


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def _write(path: Path, rows: list[Any], *, quick: bool) -> None:
    path.write_text(json.dumps({"quick": quick, "rows": [row.as_json() for row in rows]}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
