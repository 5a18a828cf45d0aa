"""Fault points kill in tests and do not exist in what is shipped."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from chassis import _faults
from chassis.faultpoints import POINTS, faultpoint

PROJECT = Path(__file__).parents[1]


def run(point, environment, reached):
    code = f"from chassis.faultpoints import faultpoint\nfor _ in range(3): faultpoint({reached!r})\nprint('alive')"
    environ = {"PATH": os.defpath, "MINASIDOR_FAULTPOINT": point, "MINASIDOR_ENVIRONMENT": environment}
    return subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("point", "environment", "reached", "status"),
    [
        ("relay.after_confirm", "test", "relay.after_confirm", -signal.SIGKILL),
        ("relay.after_confirm:3", "development", "relay.after_confirm", -signal.SIGKILL),
        ("relay.after_confirm:4", "test", "relay.after_confirm", 0),
        ("relay.after_confirm", "test", "relay.after_publish", 0),
        ("relay.after_confirm", "production", "relay.after_confirm", 0),
        ("", "test", "relay.after_confirm", 0),
        ("relay.no_such_point", "test", "relay.after_confirm", 1),
    ],
)
def test_a_point_kills_only_where_it_is_armed(point, environment, reached, status):
    assert run(point, environment, reached).returncode == status


def test_an_order_in_the_folder_kills_once_and_only_the_process_that_it_names(tmp_path):
    orders = tmp_path / "billing.worker" / "relay.after_confirm"
    orders.mkdir(parents=True)
    (orders / "1").touch()
    code = "from chassis.faultpoints import faultpoint; faultpoint('relay.after_confirm')"
    environ = {"PATH": os.defpath, "MINASIDOR_FAULTPOINT_FOLDER": str(tmp_path), "MINASIDOR_ENVIRONMENT": "test"}

    def end_of(service, environment="test"):
        argv = [sys.executable, "-c", code, service, "worker"]
        return subprocess.run(argv, env=environ | {"MINASIDOR_ENVIRONMENT": environment}, check=False).returncode

    assert end_of("metering") == 0
    assert end_of("billing", "production") == 0
    assert end_of("billing") == -signal.SIGKILL
    assert list(orders.iterdir()) == []
    assert end_of("billing") == 0


def test_an_unarmed_point_does_nothing():
    for point in POINTS:
        faultpoint(point)
    assert _faults.armed(POINTS) is None


def test_every_point_is_placed_somewhere_and_no_other():
    import re

    source = PROJECT.parents[1]
    used = {
        name
        for folder in ("libs", "services")
        for path in (source / folder).glob("*/src/**/*.py")
        for name in re.findall(r'faultpoint\("([a-z_.]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert used <= POINTS
    assert {point for point in POINTS if not point.startswith(("web.", "notify."))} <= used


@pytest.mark.slow
def test_a_wheel_has_no_fault_points_in_it(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "unpacked")
    assert "chassis/faultpoints.py" in names
    assert not [name for name in names if "_faults" in name]
    code = "import chassis.faultpoints as f; print(f.__file__); f.faultpoint('relay.after_confirm')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(tmp_path / "unpacked"),
            "MINASIDOR_FAULTPOINT": "relay.after_confirm",
            "MINASIDOR_ENVIRONMENT": "test",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout
