"""The senders as the worker runs them: woken by the commit, with the poll as the net only."""

import threading
import time
from dataclasses import replace

import pytest

from chassis.testing import wait_for
from notify.app import create_worker


@pytest.fixture
def run(settings):
    running = []

    def run(**changes):
        worker = create_worker(replace(settings, **changes))
        thread = threading.Thread(target=worker.run, kwargs={"only": "background", "signals": False})
        thread.start()
        running.append((worker, thread))
        return worker

    yield run
    for worker, thread in running:
        worker.stop()
        thread.join(15)
        assert not thread.is_alive()


def listening(kit):
    """Both loops hold a connection that has said LISTEN and is idle."""
    rows = kit.rows(
        "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name IN ('notify-email-sender', 'notify-sms-sender') AND query LIKE 'LISTEN%'"
    )
    return len(rows) == 2


def test_a_mail_starts_with_the_commit_and_not_with_the_next_poll(kit, box, run):
    run(poll_seconds=600)
    wait_for(lambda: listening(kit))
    kit.registered(kit.contact(email="forst@exempel.se"))
    box.wait_for_mail("forst@exempel.se")
    person = kit.contact()
    began = time.monotonic()
    kit.registered(person)
    box.wait_for_mail("anna@exempel.se")
    assert time.monotonic() - began < 2, "with the poll it would be ten minutes"


def test_what_was_queued_while_no_sender_ran_goes_out_when_one_starts(kit, box, run):
    kit.registered(kit.contact())
    run(poll_seconds=600)
    box.wait_for_mail("anna@exempel.se")


def test_a_retry_comes_when_it_is_due_without_being_told(kit, box, run):
    box.faults.reject_temporarily("anna@exempel.se")
    kit.registered(kit.contact())
    run(poll_seconds=1)
    wait_for(lambda: kit.states()["email"][0] == "failed-temporary")
    kit.execute("UPDATE delivery SET due_at = now()")
    box.wait_for_mail("anna@exempel.se")


def test_a_sender_whose_database_connection_is_cut_comes_back(kit, box, run):
    run(poll_seconds=600)
    wait_for(lambda: listening(kit))
    kit.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND application_name IN ('notify-email-sender', 'notify-sms-sender')"
    )
    kit.registered(kit.contact())
    box.wait_for_mail("anna@exempel.se")
