"""A built image, looked into. Takes an engine: ``MINASIDOR_SERVERS=containers pytest -m containers tests/deploy``."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "minasidor-cases:tried"

pytestmark = [
    pytest.mark.containers,
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("MINASIDOR_SERVERS") != "containers" or shutil.which("docker") is None,
        reason="only when asked for (MINASIDOR_SERVERS=containers), and with an engine",
    ),
]


def docker(*arguments):
    done = subprocess.run(["docker", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def inside(script):
    """Run a shell script in a container of the image that may write nothing and reach nobody."""
    return docker("run", "--rm", "--read-only", "--network", "none", "--entrypoint", "sh", IMAGE, "-c", script)


@pytest.fixture(scope="module", autouse=True)
def image():
    base = os.environ.get("BASE", "python:3.11-slim")
    docker(
        *("build", "-q", "-t", IMAGE, "-f", "deploy/docker/Dockerfile"),
        *("--build-arg", "SERVICE=services/cases", "--build-arg", f"BASE={base}", "."),
    )
    yield
    docker("image", "rm", IMAGE)


def test_it_runs_as_nobody_and_owns_nothing_but_its_folder():
    assert inside("id -u; id -g").split() == ["10001", "10001"]
    assert inside("find / -xdev -user 10001 2>/dev/null; true").split() == ["/var/lib/minasidor"]
    assert inside("find / -xdev -perm -4000 -newer /etc/hostname 2>/dev/null; true") == ""


def test_it_holds_its_own_service_and_nothing_for_tests_or_of_this_machine():
    packages = {name for name in inside("ls /app").split() if not name.endswith(".dist-info")}
    assert packages == {"cases", "chassis", "contracts"}
    unwanted = "-name '_faults*' -o -name ca.crt -o -path '/app/*/tests' -o -name .env"
    assert inside(f"find /app /venv /build /tools {unwanted} 2>/dev/null; true") == ""
    looked_for = "[find_spec(name) for name in ('chassis.testing', 'pytest', 'pip')]"
    assert inside(f'python -c "from importlib.util import find_spec; print({looked_for})"').strip() == str([None] * 3)


def test_every_module_is_compiled_and_nothing_has_to_be_written():
    assert inside("find /app /venv -name '*.py' | wc -l") == inside("find /app /venv -name '*.pyc' | wc -l")


def test_it_has_no_secret_and_is_watched():
    config = json.loads(docker("image", "inspect", IMAGE))[0]["Config"]
    assert config["User"] == "10001:10001"
    assert not [line for line in config["Env"] if any(word in line for word in ("PASSWORD", "KEY", "JWK", "SECRET"))]
    assert "chassis.probe" in config["Healthcheck"]["Test"][-1]


def test_a_missing_setting_is_one_clear_line():
    done = subprocess.run(
        ["docker", "run", "--rm", IMAGE, "chassis", "cases", "web"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert (
        done.stderr.strip() == "minasidor: settings of cases: CASES_DATABASE_URL (or MINASIDOR_DATABASE_URL) is missing"
    )
