"""The supervisor with real, small processes: order, readiness, restart, grace, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from devservers.process import Command
from runner import identity, state, template
from runner.children import Spawner, reap
from runner.output import Output
from runner.program import Program, ordered
from runner.supervisor import StartFailed, Supervisor

ENV = {"PATH": os.defpath}


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def shell(script: str, grace: float = 5.0) -> Callable[[], Command]:
    return lambda: Command(argv=("sh", "-c", script), env=ENV, grace=grace)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    before = {process.pid for process in psutil.Process().children()}  # servers of this test run, for instance
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield tmp_path
    for number, handler in kept.items():
        signal.signal(number, handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def nothing_left() -> bool:
        list(reap())  # orphans of a killed runner are ours, because the supervisor here made us adopt them
        return all(process.pid in before for process in psutil.Process().children())

    wait_for(nothing_left)


def supervisor(
    home: Path, *programs: Program, spawner: Spawner | None = None, longest_wait: float = 30.0
) -> tuple[Supervisor, Output]:
    output = Output(home / "log", quiet=True)
    kept = state.State(home / "state.json")
    kept.begin()
    return Supervisor(list(programs), output, kept, spawner=spawner, longest_wait=longest_wait), output


def test_starts_in_order_and_stops_in_reverse(home: Path) -> None:
    def noting(name: str) -> Callable[[], Command]:
        # the last one is slow to stop: those below must wait for it
        pause = "sleep 0.3;" if name == "c" else ""
        return shell(
            f"trap '{pause} echo -{name} >>{home}/order; exit 0' TERM; echo +{name} >>{home}/order; "
            f"touch {home}/{name}; while :; do sleep 0.05; done"
        )

    programs = [
        Program(name=name, command=noting(name), ready=(home / name).exists, after=after)
        for name, after in (("c", ("b",)), ("b", ("a",)), ("a", ()))
    ]
    running, output = supervisor(home, *programs)
    running.up()
    assert state.read(home / "state.json")["phase"] == "ready"
    running.stop()
    output.close()
    assert (home / "order").read_text().split() == ["+a", "+b", "+c", "-c", "-b", "-a"]
    assert state.read(home / "state.json")["processes"] == {}


def test_waits_until_ready_and_runs_tasks_and_actions_once(home: Path) -> None:
    done: list[str] = []
    running, output = supervisor(
        home,
        Program(name="server", command=shell(f"sleep 0.4; touch {home}/up; sleep 60"), ready=(home / "up").exists),
        Program(name="create", action=lambda: done.append("action"), after=("server",)),
        Program(name="migrate", command=shell(f"test -e {home}/up && echo migrated"), task=True, after=("create",)),
    )
    running.up()
    running.stop()
    output.close()
    assert done == ["action"]
    assert "migrated" in (home / "log" / "migrate.log").read_text()


def test_a_program_that_fails_at_the_start_is_named_with_its_words(home: Path) -> None:
    running, output = supervisor(
        home, Program(name="good", command=shell("sleep 60")), Program(name="bad", command=shell("echo oh no; exit 3"))
    )
    with pytest.raises(StartFailed, match=r"bad: ended with status 3\n    oh no"):
        running.up()
    running.stop()
    output.close()


def test_one_that_never_gets_ready_fails_after_its_time(home: Path) -> None:
    running, output = supervisor(
        home, Program(name="slow", command=shell("echo hm; sleep 60"), ready=lambda: False, timeout=0.3)
    )
    with pytest.raises(StartFailed, match=r"slow: not ready within 0.3 s"):
        running.up()
    running.stop()
    output.close()


@pytest.mark.slow
def test_what_ends_is_started_again_with_growing_pauses(home: Path) -> None:
    starts: list[float] = []
    running, output = supervisor(
        home,
        Program(name="keeps", command=shell("sleep 60")),
        Program(
            name="dies",
            command=shell(f"test -e {home}/die && exit 1; touch {home}/die; sleep 0.2; exit 1"),
            prepare=lambda: starts.append(time.monotonic()),
        ),
    )
    running.up()
    running.watch(until=lambda: len(starts) == 3)
    running.stop()
    output.close()
    first, second = starts[1] - starts[0], starts[2] - starts[1]
    assert first >= 0.5
    assert second >= 1.0
    assert "starting it again in 1 s" in (home / "log" / "runner.log").read_text()


def test_the_pauses_grow_no_longer_than_wished(home: Path) -> None:
    starts: list[float] = []
    running, output = supervisor(
        home,
        Program(name="keeps", command=shell("sleep 60")),
        Program(
            name="dies",
            command=shell(f"test -e {home}/die && exit 1; touch {home}/die; sleep 0.2; exit 1"),
            prepare=lambda: starts.append(time.monotonic()),
        ),
        longest_wait=0.1,
    )
    running.up()
    running.watch(until=lambda: len(starts) == 5)
    running.stop()
    output.close()
    assert "starting it again in 0.1 s" in (home / "log" / "runner.log").read_text()
    assert starts[4] - starts[1] < 2.5


def test_one_that_ignores_the_signal_is_killed_with_its_children_after_the_grace(home: Path) -> None:
    stubborn = f"trap '' TERM; sh -c 'trap \"\" TERM; echo $$ >{home}/inner; while :; do sleep 1; done' & wait; wait"
    running, output = supervisor(
        home, Program(name="stubborn", command=shell(stubborn, grace=0.3), ready=(home / "inner").exists)
    )
    running.up()
    wait_for(lambda: (home / "inner").read_text().strip() != "")
    inner = int((home / "inner").read_text())
    running.stop()
    output.close()
    assert identity.born(inner) is None
    assert "killed" in (home / "log" / "runner.log").read_text()


def test_signal_interrupts_and_a_second_one_cuts_the_grace(home: Path) -> None:
    script = textwrap.dedent(f"""
        import pathlib, sys
        from devservers.process import Command
        from runner import state
        from runner.output import Output
        from runner.program import Program
        from runner.supervisor import Interrupted, Supervisor
        home = pathlib.Path({str(home)!r})
        stubborn = "trap '' TERM; touch %s/up; while :; do sleep 0.1; done" % home
        program = Program(name="stubborn", ready=(home / "up").exists, command=lambda: Command(
            argv=("sh", "-c", stubborn), env={ENV!r}, grace=60))
        kept = state.State(home / "state.json"); kept.begin()
        running = Supervisor([program], Output(home / "log"), kept)
        running.up()
        try:
            running.watch()
        except Interrupted:
            running.stop()
    """)
    runner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    wait_for(lambda: state.read(home / "state.json").get("phase") == "ready")
    runner.send_signal(signal.SIGINT)
    wait_for(lambda: state.read(home / "state.json").get("phase") == "stopping")
    runner.send_signal(signal.SIGINT)
    assert runner.wait(10) == 0
    assert runner.stdout is not None
    runner.stdout.close()


PROGRAM = """
import sys, time, pathlib, signal
home = pathlib.Path(sys.argv[1])
def leave(*_): (home / "left").touch(); sys.exit(0)
signal.signal(signal.SIGTERM, leave)
(home / "up").touch()
time.sleep(600)
"""
KILLED_RUNNER = """
import pathlib, sys
from runner import state
from runner.children import Spawner
from runner.output import Output
from runner.program import Program
from runner.supervisor import Supervisor
from runner.template import Template
from devservers.process import Command
home = pathlib.Path(sys.argv[1])
env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(home)}
line = Template(preload=["json"])
kept = state.State(home / "state.json"); kept.begin()
running = Supervisor([
    line.program(env),
    Program(name="dummy", module=("dummy", str(home)), after=("template",), ready=(home / "up").exists,
            command=lambda: Command(argv=(sys.executable, "-m", "dummy", str(home)), env=env)),
    Program(name="plain", command=lambda: Command(argv=("sleep", "600"), env=env)),
], Output(home / "log", quiet=True), kept, spawner=Spawner(line))
running.up()
running.watch()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_when_the_runner_is_killed_its_processes_end_by_themselves(home: Path) -> None:
    (home / "dummy.py").write_text(PROGRAM)
    runner = subprocess.Popen([sys.executable, "-c", KILLED_RUNNER, str(home)])
    wait_for(lambda: state.read(home / "state.json").get("phase") == "ready")
    processes = state.recorded(state.read(home / "state.json"))
    assert [process.name for process in processes][::-1] == ["template", "plain", "dummy"]
    assert all(process.alive() for process in processes)
    parents = {process.name: psutil.Process(process.pid).ppid() for process in processes}
    assert set(parents.values()) == {runner.pid}  # also of the one that the template forked
    runner.kill()
    runner.wait()
    wait_for(lambda: not any(process.alive() for process in processes))
    assert (home / "left").exists()  # in order, by its stop signal
    assert state.runner_of(state.read(home / "state.json")) is None


@pytest.mark.skipif(sys.platform != "linux", reason="forking from a template is Linux's")
def test_a_forked_program_is_as_if_started_afresh(home: Path) -> None:
    (home / "probe.py").write_text(
        "import json, os, pathlib, signal, sys\n"
        "facts = {'argv': sys.argv, 'env': dict(os.environ), 'cwd': os.getcwd(), 'leader': os.getsid(0) == os.getpid(),"
        "         'term': signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, 'name': __name__,\n"
        "         'fds': sorted(int(n) for n in os.listdir('/proc/self/fd'))}\n"
        "pathlib.Path(sys.argv[1]).write_text(json.dumps(facts))\n"
        "print('to stdout'); print('to stderr', file=sys.stderr); sys.exit(int(sys.argv[2]))\n"
    )
    env = {"PATH": os.defpath, "PYTHONPATH": str(home), "ONLY": "this"}
    line = template.Template(preload=["json"])
    running, output = supervisor(
        home,
        line.program(env),
        Program(
            name="probe",
            module=("probe", str(home / "facts"), "0"),
            command=lambda: Command(argv=("false",), env=env, cwd=str(home)),
            task=True,
            after=("template",),
        ),
        spawner=Spawner(line),
    )
    running.up()
    facts = json.loads((home / "facts").read_text())
    assert facts["env"] == env
    assert facts["argv"][1:] == [str(home / "facts"), "0"]
    assert (facts["cwd"], facts["leader"], facts["term"], facts["name"]) == (str(home), True, True, "__main__")
    assert facts["fds"] == [0, 1, 2, facts["fds"][-1]]  # the last is the listing itself
    running.stop()
    output.close()
    assert (home / "log" / "probe.log").read_text().splitlines() == ["to stdout", "to stderr"]


@pytest.mark.skipif(sys.platform != "linux", reason="forking from a template is Linux's")
def test_without_the_template_the_same_program_starts_the_ordinary_way(home: Path) -> None:
    (home / "plain.py").write_text("print('started')")
    env = {"PATH": os.defpath, "PYTHONPATH": str(home)}
    line = template.Template(preload=["json"])  # never started
    running, output = supervisor(
        home,
        Program(
            name="plain",
            module=("plain",),
            command=lambda: Command(argv=(sys.executable, "-m", "plain"), env=env),
            task=True,
        ),
        spawner=Spawner(line),
    )
    running.up()
    running.stop()
    output.close()
    assert (home / "log" / "plain.log").read_text() == "started\n"


def test_a_recycled_number_is_nobody_we_know(home: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    recorded = identity.Recorded(name="ours", pid=stranger.pid, born="some other boot:1")
    assert identity.end([recorded]) == []
    assert stranger.poll() is None
    known = identity.Recorded(name="known", pid=stranger.pid, born=identity.born(stranger.pid) or "")
    assert known.alive()
    assert identity.end([known]) == ["known"]
    assert stranger.wait() == -signal.SIGTERM


@pytest.mark.parametrize(
    ("after", "message"), [({"a": ("b",), "b": ("a",)}, "a ring"), ({"a": ("x",)}, "unknown: {'x'}")]
)
def test_a_plan_that_cannot_work_is_refused(after: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ordered([Program(name=name, after=wanted) for name, wanted in after.items()])
