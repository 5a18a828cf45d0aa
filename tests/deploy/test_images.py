"""What every image is made of, as far as can be said without an engine."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
SCRIPTS = [ROOT / "deploy/docker/pip", ROOT / "deploy/docker/install", ROOT / "deploy/compose/nginx"]
BASH = [ROOT / "deploy/compose/up", ROOT / "deploy/compose/demo", ROOT / "deploy/compose/common.sh"]


def instructions():
    """Instructions with their continuation lines joined, comments left out."""
    lines = [line for line in DOCKERFILE.splitlines() if not line.lstrip().startswith("#")]
    return [line.strip() for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


def last_stage():
    found = instructions()
    return found[max(index for index, line in enumerate(found) if line.startswith("FROM ")) :]


def test_a_classic_builder_can_build_it():
    assert "<<" not in DOCKERFILE
    assert "--mount" not in DOCKERFILE
    assert "# syntax=" not in DOCKERFILE


def test_no_failure_of_a_build_step_is_hidden():
    for text in (DOCKERFILE, *(path.read_text(encoding="utf-8") for path in SCRIPTS[:2])):
        assert "|| true" not in text
        assert "|| :" not in text
    for path in SCRIPTS[:2]:
        assert "set -eu" in path.read_text(encoding="utf-8")


def test_only_locked_packages_are_fetched():
    fetching = re.findall(r"sh /build/pip [^&;]+install[^&;]+", " ".join(instructions()))
    assert len(fetching) == 3
    assert all("--require-hashes" in step for step in fetching)
    install = (ROOT / "deploy/docker/install").read_text(encoding="utf-8")
    assert "--no-index" in install
    assert "--no-build-isolation" in install


def test_what_the_simulators_share_is_in_their_images_and_in_no_other():
    before, built = DOCKERFILE.split(" AS built")
    assert "simulators/common" not in before
    assert "COPY simulators/common /build/simulators/common" in built
    (only_theirs,) = re.findall(r"simulators/\*\)(.*?);;", built, re.DOTALL)
    assert "&& sh /build/install /build/simulators " in only_theirs
    assert built.count("/build/simulators ") == 1


def test_the_layers_that_all_images_share_do_not_know_the_service():
    before = DOCKERFILE.split(" AS built")[0]
    assert "SERVICE}" not in before
    copies = [line for line in last_stage() if line.startswith("COPY")]
    assert copies == ["COPY --from=locked /venv /venv", "COPY --from=common /app /app", "COPY --from=built /app /app"]
    first_of_service = next(index for index, line in enumerate(last_stage()) if "SERVICE" in line)
    assert first_of_service > last_stage().index("COPY --from=common /app /app")


def test_the_image_runs_as_nobody_in_particular_and_is_watched():
    found = last_stage()
    users = [line for line in found if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]
    assert not any(line.startswith("RUN ") for line in found[found.index(users[0]) :])
    assert any(line.startswith("HEALTHCHECK ") and "chassis.probe" in line for line in found)


def test_no_build_argument_or_variable_is_a_secret():
    names = re.findall(r"^(?:ARG|ENV) (.+)$", "\n".join(instructions()), re.MULTILINE)
    assert not re.search(r"PASSWORD|SECRET|TOKEN|_KEY|JWK", " ".join(names))


@pytest.mark.parametrize("kept_out", ["**/tests", "**/__pycache__", "**/*.egg-info", "**/.env"])
def test_the_builder_is_sent_only_what_is_named(kept_out):
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert kept_out in rules
    sent = {rule[1:] for rule in rules if rule.startswith("!")}
    assert sent == {
        *("requirements", "libs/contracts", "libs/chassis"),
        *("services", "gateway", "portal", "simulators", "deploy/docker"),
    }
    assert rules.index(kept_out) > max(index for index, rule in enumerate(rules) if rule.startswith("!"))


def test_the_machines_certificates_are_not_committed():
    assert "deploy/docker/ca.crt" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_simulators_lock_is_part_of_the_tests_lock():
    tests = (ROOT / "requirements/test.txt").read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=\S)", (ROOT / "requirements/simulators.txt").read_text(encoding="utf-8").strip()):
        assert entry in tests


def test_the_wheel_of_the_chassis_cannot_kill(tmp_path):
    """The fault points' deadly half is for tests; what is shipped has nothing to arm."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT / "libs/chassis",
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "chassis/faultpoints.py" in names
    assert "chassis/tables.sql" in names
    assert not [name for name in names if "_faults" in name or "tests/" in name]


@pytest.mark.parametrize("path", [*SCRIPTS, *BASH], ids=lambda path: path.name)
def test_the_scripts_are_well_formed(path):
    shell = "bash" if path in BASH else "sh"
    subprocess.run([shell, "-n", str(path)], check=True)


@pytest.mark.parametrize("name", ["up", "demo"])
def test_what_people_start_can_be_started(name):
    assert (ROOT / "deploy/compose" / name).stat().st_mode & 0o111
