"""``./minasidor demo``: the main journey against the running suite, which is started for it if need be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from runner import suite
from runner.children import python
from runner.layout import Layout
from runner.output import Output
from runner.plan import Planner, installed

JOURNEY = "runner.journey.main"


def run(layout: Layout, environ: Mapping[str, str]) -> int:
    """The exit status says whether the journey worked."""
    layout.make()
    with suite.running(layout, environ, Output(layout.log)) as planner:
        return in_suite(planner, (JOURNEY,))


def in_suite(planner: Planner, module: tuple[str, ...]) -> int:
    """Run a module of ours that uses the running suite as anybody else would."""
    if not installed(module[0]):
        print(f"minasidor: {module[0]} is not in this checkout", file=sys.stderr)
        return 1
    told = {**planner.environment, **planner.journey_environment()}
    return subprocess.run(python(module), env=told, cwd=planner.layout.root, check=False).returncode
