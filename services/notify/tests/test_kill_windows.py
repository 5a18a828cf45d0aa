"""A4: a sender that is killed around a send loses nothing; twice comes only what the kill caught, recognisably."""

import os
import signal
import subprocess
import sys
from dataclasses import fields, replace

import pytest

from chassis.testing import wait_for

MAILS = 12


def environ(settings, **more):
    told = {
        f"NOTIFY_{field.name.upper()}": str(getattr(settings, field.name))
        for field in fields(settings)
        if field.name != "service"
    }
    return {**os.environ, **told, "MINASIDOR_ENVIRONMENT": "test", **more}


@pytest.fixture
def start(settings, tmp_path):
    started = []

    def start(**more):
        with (tmp_path / f"log-{len(started)}").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "chassis", "notify", "worker", "--only", "background"],
                env=environ(replace(settings, claim_batch=5), **more),
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)


@pytest.mark.failure
@pytest.mark.slow
@pytest.mark.parametrize(("point", "twice"), [("notify.before_send", 0), ("notify.after_send", 1)])
def test_A4_killed_around_a_send_none_is_lost_and_only_the_one_in_the_window_comes_twice(kit, box, start, point, twice):
    for number in range(MAILS):
        kit.registered(kit.contact(email=f"anna{number}@exempel.se"))
    victim = start(MINASIDOR_FAULTPOINT=f"{point}:4")
    assert victim.wait(30) == -signal.SIGKILL
    assert len(box.messages()) == 3 + twice
    survivor = start()
    wait_for(lambda: {row.state for row in kit.rows("SELECT DISTINCT state FROM delivery")} == {"sent"}, timeout=30)
    survivor.terminate()
    assert survivor.wait(20) == 0, "it ends in order when told to"
    counts = box.counts()
    assert len(counts) == MAILS, "none is lost"
    assert sorted(counts.values()) == [1] * (MAILS - twice) + [2] * twice
    assert sorted({mail["to"][0] for mail in box.messages()}) == sorted(
        f"anna{number}@exempel.se" for number in range(MAILS)
    )
