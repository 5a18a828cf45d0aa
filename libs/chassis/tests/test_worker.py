"""Worker processes that are stopped in order, and killed at every point where something could be lost or doubled."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import text

from chassis.jobs import Jobs
from chassis.settings import SettingsError
from chassis.subscriptions import SubscriptionError, Subscriptions
from chassis.testing import wait_for
from chassis.worker import Worker

SCRIPT = Path(__file__).with_name("worker_process.py")


@pytest.fixture
def start(broker, databases, tmp_path):
    """Start a worker process; all of them are ended with the test."""
    processes = []

    def begin(service, part, *, fault="", **environ):
        settings = databases(service)
        environment = {
            "PATH": os.defpath,
            "MINASIDOR_ENVIRONMENT": "test",
            "MINASIDOR_DATABASE_URL": settings.database_url,
            "MINASIDOR_AMQP_URL": broker.url(service),
            "MINASIDOR_FAULTPOINT": fault,
        } | environ
        log = tmp_path / f"worker-{len(processes)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, str(SCRIPT), service, part], env=environment, stdout=output, stderr=output
            )
        process.log = log
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


def unpublished(producer, kit):
    return kit.scalar(producer, "SELECT count(*) FROM outbox WHERE published_at IS NULL")


def test_from_a_commit_to_the_effect_in_the_subscriber(producer, subscriber, start, kit):
    start("org-registry", "all")
    start("invitations", "all")
    kit.emit(producer, *(str(number) for number in range(100)))
    wait_for(lambda: len(kit.effects(subscriber)) == 100, 30)
    assert unpublished(producer, kit) == 0


@pytest.mark.slow
@pytest.mark.parametrize("point", ["relay.before_publish", "relay.after_publish", "relay.after_confirm"])
def test_a_relay_killed_in_the_middle_loses_nothing_and_doubles_no_effect(producer, subscriber, start, kit, point):
    start("invitations", "consumer")
    for start_at in range(0, 1500, 100):
        kit.emit(producer, *(str(number) for number in range(start_at, start_at + 100)))
    for _ in range(2):
        killed = start("org-registry", "relay", fault=f"{point}:2")
        killed.wait(30)
        assert killed.returncode == -signal.SIGKILL
    assert unpublished(producer, kit) > 0
    start("org-registry", "relay")
    wait_for(lambda: unpublished(producer, kit) == 0, 30)
    wait_for(lambda: len(kit.effects(subscriber)) >= 1500, 30)
    assert sorted(map(int, kit.effects(subscriber))) == list(range(1500))


@pytest.mark.slow
@pytest.mark.parametrize("point", ["consumer.after_inbox", "consumer.before_commit", "consumer.after_commit"])
def test_a_consumer_killed_in_the_middle_loses_nothing_and_doubles_no_effect(producer, subscriber, start, kit, point):
    start("org-registry", "relay")
    kit.emit(producer, *(str(number) for number in range(300)))
    for _ in range(2):
        killed = start("invitations", "consumer", fault=f"{point}:2")
        killed.wait(30)
        assert killed.returncode == -signal.SIGKILL
    start("invitations", "consumer")
    wait_for(lambda: len(kit.effects(subscriber)) >= 300, 30)
    assert sorted(map(int, kit.effects(subscriber))) == list(range(300))
    assert kit.scalar(subscriber, "SELECT count(*) FROM dead_letter") == 0


@pytest.mark.slow
def test_a_message_that_kills_processes_ends_alone_in_the_dead_letters(producer, subscriber, broker, start, kit):
    start("org-registry", "relay")
    names = [str(number) for number in range(200)]
    kit.emit(producer, *names[:100], "killer", *names[100:])
    deaths = 0

    def settled():
        return kit.scalar(subscriber, "SELECT count(*) FROM dead_letter")

    while not settled():
        consumer = start("invitations", "consumer")
        wait_for(lambda process=consumer: process.poll() is not None or settled(), 30)
        deaths += consumer.poll() is not None
        assert deaths <= 6, consumer.log.read_text()
    wait_for(lambda: len(kit.effects(subscriber)) == 200, 30)
    with subscriber.read() as tx:
        [letter] = tx.session.execute(text("SELECT error, body FROM dead_letter")).all()
    assert letter.error == "attempts-exhausted"
    assert b"killer" in bytes(letter.body)
    assert deaths == 6
    wait_for(lambda: broker.count("invitations") == 0)


@pytest.mark.slow
def test_sigterm_ends_a_worker_in_order_and_soon(producer, start, kit):
    worker = start("org-registry", "all")
    kit.emit(producer, "a")
    wait_for(lambda: unpublished(producer, kit) == 0, 20)
    worker.terminate()
    assert worker.wait(12) == 0
    log = worker.log.read_text()
    assert '"failed": false' in log
    # This database's alone: the view shows the whole server. Its backends end a moment after the process.
    held = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    wait_for(lambda: kit.scalar(producer, held) == 0, 5)


@pytest.mark.slow
def test_a_part_that_dies_ends_the_process_and_says_why(producer, start):
    with producer.engine.begin() as connection:
        connection.execute(text("ALTER TABLE relay_state RENAME TO gone"))
    try:
        worker = start("org-registry", "all")
        assert worker.wait(30) == 1
    finally:
        with producer.engine.begin() as connection:
            connection.execute(text("ALTER TABLE gone RENAME TO relay_state"))
    assert '"worker-part-died"' in worker.log.read_text()
    assert "UndefinedTable" in worker.log.read_text()


def ask(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_the_worker_answers_for_itself(producer, start, kit, monkeypatch):
    from devservers.ports import free_ports

    (port,) = free_ports(1)
    kit.emit(producer, "a", "b")
    worker = start(
        "org-registry",
        "relay",
        MINASIDOR_WORKER_BIND=f"127.0.0.1:{port}",
        MINASIDOR_AMQP_URL="amqp://a:b@127.0.0.1:1/x",
    )
    assert wait_for(lambda: ask(port, "/livez"), 20)
    wait_for(lambda: ask(port, "/livez") == (200, "ok\n"), 20)
    status, text_ = ask(port, "/metrics")
    assert status == 200
    assert "minasidor_outbox_waiting 2.0" in text_
    assert 'minasidor_worker_broker_connected{part="relay"} 0.0' in text_
    assert 'minasidor_worker_progress_age_seconds{part="relay"}' in text_
    assert ask(port, "/elsewhere")[0] == 404
    # This test's database has a migration of its own, not the service's head.
    assert ask(port, "/readyz")[0] in {200, 503}
    worker.terminate()
    assert worker.wait(12) == 0


def test_the_worker_refuses_another_table_and_a_missing_broker(producer, kit):
    with pytest.raises(SubscriptionError):
        Worker(producer.settings, kit.table(), Jobs())
    with pytest.raises(SettingsError, match="AMQP_URL"):
        Worker(producer.settings, Subscriptions(*_all("org-registry"), service="org-registry"), Jobs()).run()


def _all(service):
    from chassis.subscriptions import on
    from contracts.catalogue import consumed_by

    return [on(spec.cls, lambda *_: None) for spec in consumed_by(service)]
