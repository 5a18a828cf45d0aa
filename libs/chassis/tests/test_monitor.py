"""What the worker says of itself: hung parts, a database that is away, a broker that is waited for."""

import http.client
import socket
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from chassis import migrations
from chassis.monitor import Monitor
from chassis.settings import Settings
from chassis.transaction import Database


def part(age=0.0, **more):
    return SimpleNamespace(last_progress=time.monotonic() - age, stuck_after=60.0, **more)


class OverUnix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def get(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def watch(subscriber, migration_folder, monkeypatch):
    monkeypatch.setattr(migrations, "folder_of", lambda _service: migration_folder)
    started = []

    def start(bind="127.0.0.1:0", database=subscriber, **parts):
        monitor = Monitor(replace(subscriber.settings, worker_bind=bind), database, parts)
        monitor.start()
        started.append(monitor)
        return monitor

    yield start
    for monitor in started:
        monitor.stop()


def test_a_part_without_a_sign_of_life_is_named_and_makes_the_process_unalive(watch):
    host = http.client.HTTPConnection(*watch(relay=part(), consumer=part(age=61)).address)
    assert get(host, "/livez") == (503, "no progress: consumer\n")


def test_waiting_for_the_broker_is_said_and_is_ready(watch):
    monitor = watch(relay=part(state="waiting"), consumer=part(connected=False), jobs=part())
    host = http.client.HTTPConnection(*monitor.address)
    assert get(host, "/livez") == (200, "ok\n")
    assert get(host, "/readyz") == (200, "degraded: relay, consumer waiting for the broker\n")


def test_a_database_that_is_away_makes_it_unready_and_leaves_it_alive(watch):
    away = Database(Settings(service="invitations", environment="test", database_url="postgresql://x:x@127.0.0.1:1/x"))
    host = http.client.HTTPConnection(*watch(database=away, relay=part(state="active")).address)
    assert get(host, "/readyz") == (503, "database unreachable\n")
    assert get(host, "/livez") == (200, "ok\n")
    status, metrics = get(host, "/metrics")
    assert status == 200
    assert "minasidor_worker_progress_age_seconds" in metrics
    assert "minasidor_outbox_waiting" not in metrics


def test_a_database_behind_the_head_is_unready(watch, tmp_path, monkeypatch, kit):
    kit.write_migrations(tmp_path, {"0001_chassis": kit.FIRST}, head="0002_more")
    monkeypatch.setattr(migrations, "folder_of", lambda _service: tmp_path)
    host = http.client.HTTPConnection(*watch(relay=part(state="active")).address)
    assert get(host, "/readyz") == (503, "migrations are not at head\n")


def test_it_answers_on_a_unix_socket_and_takes_it_away_again(watch, tmp_path):
    path = tmp_path / "worker.sock"
    monitor = watch(bind=f"unix:{path}", relay=part(state="active"))
    assert get(OverUnix(str(path)), "/readyz") == (200, "ok\n")
    assert get(OverUnix(str(path)), "/livez?x=1")[0] == 404
    assert path.exists()
    del monitor
