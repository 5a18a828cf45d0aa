"""The suite as a whole: start it here or in the background, find it, end it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from runner import identity, state
from runner.children import Spawner, python
from runner.layout import Layout, Misconfigured
from runner.output import Output
from runner.plan import Plan, Planner
from runner.supervisor import BACKOFF_MOST, Interrupted, StartFailed, Supervisor

START_LIMIT = 300.0


def clean_up(layout: Layout) -> list[str]:
    """End what a killed runner may have left; the names of what was."""
    data = state.read(layout.state)
    if state.runner_of(data) is not None:
        return []
    return identity.end(state.recorded(data))


def run(
    layout: Layout,
    environ: Mapping[str, str],
    output: Output,
    plan_of: Callable[[Planner], Plan],
    *,
    as_json: bool = False,
    up: Callable[[Planner], None] | None = None,
) -> int:
    """Bring a plan up, keep it (with ``up``, which is called when all is ready) or stop at once; the exit status."""
    layout.make()
    with state.only_one(layout.lock):
        for name in clean_up(layout):
            output.say(f"ended {name}, which an earlier run had left")
        planner = Planner(layout, environ, as_json=as_json)
        plan = plan_of(planner)
        taken = planner.ports.taken(plan.ports)
        if taken:
            raise Misconfigured(
                "; ".join(taken) + f". Free it, or move all ports with MINASIDOR_PORT (now {planner.ports.base})"
            )
        if plan.left_out:
            output.say(f"not in this checkout: {', '.join(plan.left_out)}")
        kept = state.State(layout.state)
        kept.begin(port=planner.ports.base, url=planner.public_url)
        longest_wait = float(environ.get("MINASIDOR_RESTART_SECONDS") or BACKOFF_MOST)
        supervisor = Supervisor(plan.programs, output, kept, spawner=Spawner(plan.template), longest_wait=longest_wait)
        return _live(supervisor, planner, kept, output, up)


def _live(
    supervisor: Supervisor,
    planner: Planner,
    kept: state.State,
    output: Output,
    up: Callable[[Planner], None] | None,
) -> int:
    status = 0
    try:
        supervisor.up()
        if up is not None:
            up(planner)
            supervisor.watch()
    except Interrupted:
        status = 0 if up is not None else 130
    except StartFailed as error:
        output.say(f"could not start {error}")
        status = 1
    finally:
        supervisor.stop()
        kept.phase("stopped" if status == 0 else "failed")
    return status


def start_in_background(layout: Layout, environ: Mapping[str, str], output: Output) -> None:
    """Start the suite as a process of its own and return when it is ready.

    Raises:
        StartFailed: with the end of the runner's log.

    """
    layout.make()
    log = layout.log / "background.log"
    with log.open("wb") as written:
        child = subprocess.Popen(
            python(("runner", "up", "--quiet")),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=layout.root,
        )
    begin = time.monotonic()
    while True:
        data = state.read(layout.state)
        mine = data.get("runner", {}).get("pid") == child.pid
        if mine and data.get("phase") == "ready":
            output.progress("")
            child.returncode = 0  # it outlives us on purpose: no warning of a child still running
            return
        if child.poll() is not None or time.monotonic() - begin > START_LIMIT:
            output.progress("")
            raise StartFailed("the suite:\n" + log.read_text(errors="replace")[-4000:])
        starting = [name for name, row in data.get("processes", {}).items() if row["status"] == "starting"]
        output.progress(f"{time.monotonic() - begin:5.1f} s  waiting for {', '.join(starting) or 'the rest'}")
        time.sleep(0.05)


def stop(layout: Layout, output: Output) -> bool:
    """End the running suite, and what a killed runner left; whether there was anything."""
    runner = state.runner_of(state.read(layout.state))
    ended = False
    if runner is not None:
        ended = True
        begin = time.monotonic()
        os.kill(runner.pid, runner.stop_signal)
        while runner.alive():
            if time.monotonic() - begin > runner.grace:
                os.kill(runner.pid, 9)
                break
            left = reversed(state.read(layout.state).get("processes", {}))
            output.progress(f"stopping {', '.join(left)}")
            time.sleep(0.05)
        output.progress("")
    return bool(clean_up(layout)) or ended


@contextmanager
def running(layout: Layout, environ: Mapping[str, str], output: Output) -> Iterator[Planner]:
    """The suite, started for the time of the block unless it runs already."""
    started = state.runner_of(state.read(layout.state)) is None
    if started:
        start_in_background(layout, environ, output)
    try:
        base = str(state.read(layout.state).get("port", ""))
        yield Planner(layout, {**environ, "MINASIDOR_PORT": base})
    finally:
        if started:
            stop(layout, output)
