"""The commands behind ``./minasidor``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devservers.errors import ServerError
from runner import checks, demo, doctor, state, suite, welcome
from runner.layout import Layout, Misconfigured
from runner.output import Output
from runner.plan import SEED, Planner
from runner.supervisor import StartFailed

FAILED, NOT_RUNNING, MISCONFIGURED = 1, 3, 78


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    options, rest = _parser().parse_known_args(argv)
    if rest and options.command not in {"test", "bench"}:
        print(f"minasidor: unknown: {' '.join(rest)}; ./minasidor help shows the commands", file=sys.stderr)
        return 2
    layout = Layout.find()
    environ = dict(os.environ)
    try:
        return _run(options, rest, layout, environ)
    except Misconfigured as error:
        print(f"minasidor: {error}", file=sys.stderr)
        return MISCONFIGURED
    except state.AlreadyRunning:
        url = state.read(layout.state).get("url", "")
        print(f"minasidor: already running at {url}; ./minasidor down stops it", file=sys.stderr)
        return FAILED
    except (StartFailed, ServerError) as error:
        print(f"minasidor: could not start {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return FAILED


def _run(options: argparse.Namespace, rest: list[str], layout: Layout, environ: Mapping[str, str]) -> int:
    commands: dict[str, Callable[[], int]] = {
        "up": lambda: _up(options, layout, environ),
        "down": lambda: _down(options, layout),
        "status": lambda: _status(layout),
        "logs": lambda: _logs(options, layout),
        "migrate": lambda: _migrate(layout, environ),
        "seed": lambda: _seed(layout, environ),
        "demo": lambda: demo.run(layout, environ),
        "doctor": lambda: doctor.run(layout, environ),
        "screenshots": lambda: _screenshots(options, layout, environ),
        "lighthouse": lambda: _lighthouse(options, layout, environ),
        "test": lambda: checks.run(layout, environ, rest, quick=options.quick),
        "bench": lambda: checks.bench(layout, environ, rest),
    }
    return commands[options.command]()


def _up(options: argparse.Namespace, layout: Layout, environ: Mapping[str, str]) -> int:
    layout.make()
    output = Output(layout.log, as_json=options.json, quiet=options.quiet)
    if options.detach:
        if state.runner_of(state.read(layout.state)) is not None:
            raise state.AlreadyRunning
        suite.start_in_background(layout, environ, output)
        output.plain(welcome.text(Planner(layout, environ), detached=True))
        return 0
    begin = time.monotonic()

    def up(planner: Planner) -> None:
        output.say(f"everything is up after {time.monotonic() - begin:.1f} s")
        output.plain(welcome.text(planner, detached=False))

    try:
        return suite.run(layout, environ, output, Planner.everything, as_json=options.json, up=up)
    finally:
        output.close()


def _down(options: argparse.Namespace, layout: Layout) -> int:
    if layout.run.exists():
        output = Output(layout.log)
        stopped = suite.stop(layout, output)
        output.close()
    else:
        stopped = False
    print("minasidor: stopped" if stopped else "minasidor: nothing runs")
    if options.wipe:
        layout.wipe()
        print("minasidor: all data, logs and secrets of this checkout are removed")
    return 0


def _status(layout: Layout) -> int:
    data = state.read(layout.state)
    runner = state.runner_of(data)
    left = [process for process in state.recorded(data) if process.alive()]
    if runner is None:
        print("minasidor: not running" + (f"; left behind: {', '.join(p.name for p in left)}" if left else ""))
        return NOT_RUNNING
    print(f"{data.get('phase')}, {data.get('url')}, runner {runner.pid}")
    for name, row in data["processes"].items():
        print(f"  {name:<24} {row['status']:<9} {row['pid']}")
    return 0 if data.get("phase") == "ready" else FAILED


def _logs(options: argparse.Namespace, layout: Layout) -> int:
    known = sorted(path.stem for path in layout.log.glob("*.log")) if layout.log.exists() else []
    names = [name for name in known if options.name is None or name == options.name or name.startswith(options.name)]
    if not names:
        print(f"minasidor: no log of {options.name or 'anything'}; there are: {', '.join(known)}", file=sys.stderr)
        return FAILED
    command = ["tail", "-n", str(options.lines), *(["-F"] if options.follow else [])]
    files = [str(layout.log / f"{name}.log") for name in names]
    try:
        return subprocess.run([*command, *files], check=False).returncode
    except KeyboardInterrupt:
        return 0


def _migrate(layout: Layout, environ: Mapping[str, str]) -> int:
    layout.make()
    output = Output(layout.log)
    running = state.read(layout.state)
    try:
        if state.runner_of(running) is None:
            return suite.run(layout, environ, output, Planner.only_migrations)
        planner = Planner(layout, {**environ, "MINASIDOR_PORT": str(running["port"])})
        tasks = [p.command() for p in planner.only_migrations().programs if p.task and p.command is not None]
        planner.servers.make_databases()
        ended = [subprocess.run(task.argv, env=task.env, cwd=task.cwd, check=False).returncode for task in tasks]
        return max(ended, default=0)
    finally:
        output.close()


def _seed(layout: Layout, environ: Mapping[str, str]) -> int:
    layout.make()
    with suite.running(layout, environ, Output(layout.log)) as planner:
        return demo.in_suite(planner, (SEED,))


def _screenshots(options: argparse.Namespace, layout: Layout, environ: Mapping[str, str]) -> int:
    from runner import pictures  # its library is for the tests and for this alone

    layout.make()
    with suite.running(layout, environ, Output(layout.log)) as planner:
        return pictures.take(planner.public_url, planner.journey_environment(), options.folder)


def _lighthouse(options: argparse.Namespace, layout: Layout, environ: Mapping[str, str]) -> int:
    from runner import lighthouse  # as above

    program = lighthouse.install(layout.root, environ)
    layout.make()
    out = Path(options.folder) if options.folder else layout.run / "lighthouse"
    with suite.running(layout, environ, Output(layout.log)) as planner:
        return lighthouse.take(planner.public_url, planner.journey_environment(), program, out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./minasidor", add_help=False, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up")
    up.add_argument("--detach", "-d", action="store_true")
    up.add_argument("--json", action="store_true")
    up.add_argument("--quiet", action="store_true")
    logs = commands.add_parser("logs")
    logs.add_argument("name", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    logs.add_argument("-n", "--lines", type=int, default=50)
    screenshots = commands.add_parser("screenshots")
    screenshots.add_argument("folder")
    lighthouse = commands.add_parser("lighthouse")
    lighthouse.add_argument("folder", nargs="?")
    test = commands.add_parser("test", add_help=False, allow_abbrev=False)
    test.add_argument("--quick", action="store_true")
    down = commands.add_parser("down")
    down.add_argument("--wipe", action="store_true")
    for name in ("status", "migrate", "seed", "demo", "doctor"):
        commands.add_parser(name)
    commands.add_parser("bench", add_help=False, allow_abbrev=False)
    return parser
