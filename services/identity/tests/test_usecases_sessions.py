"""Sessions that are rotated and ended at the same moment, one step at a time (C18, C19)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from chassis.ids import new_id
from chassis.testing import wait_for
from chassis.transaction import Principal
from identity.domain.errors import SessionEnded
from identity.usecases import sessions as usecases


@pytest.fixture
def two(browser, new_browser, log_in):
    """The principals of two sessions of one person."""
    found = [log_in(each).json["session"] for each in (browser, new_browser())]
    return [
        Principal(person_id=each["person"]["id"], session_id=each["session_id"], account_id=new_id()) for each in found
    ]


def somebody_waits(database):
    def waits():
        with database.read() as tx:
            return tx.session.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            ).scalar_one()

    return waits


def test_C19_a_session_whose_account_is_just_being_chosen_ends_too(database, two, rows):
    chooser, keeper = two

    def log_out_everywhere():
        with database.transaction(principal=keeper) as tx:
            return usecases.log_out_everywhere(tx, usecases.LogOutEverywhere())

    with ThreadPoolExecutor(1) as pool:
        with database.transaction(principal=chooser) as tx:
            usecases.select_account(tx)
            ended = pool.submit(log_out_everywhere)
            wait_for(somebody_waits(database))
        assert ended.result(10) == 1
    assert [str(row["id"]) for row in rows("SELECT id FROM session WHERE ended_at IS NULL")] == [str(keeper.session_id)]


def test_C19_an_account_cannot_be_chosen_in_a_session_that_is_just_being_ended(database, two, rows):
    chooser, keeper = two

    def choose():
        with database.transaction(principal=chooser) as tx:
            usecases.select_account(tx)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction(principal=keeper) as tx:
            assert usecases.log_out_everywhere(tx, usecases.LogOutEverywhere()) == 1
            chosen = pool.submit(choose)
            wait_for(somebody_waits(database))
        with pytest.raises(SessionEnded):
            chosen.result(10)
    assert [str(row["id"]) for row in rows("SELECT id FROM session WHERE ended_at IS NULL")] == [str(keeper.session_id)]


def test_C19_logging_out_everywhere_needs_somebody_who_is_logged_in(database):
    for principal in (None, Principal(service="gateway"), Principal(person_id=new_id())):
        with pytest.raises(SessionEnded), database.transaction(principal=principal) as tx:
            usecases.log_out_everywhere(tx, usecases.LogOutEverywhere(current=True))
