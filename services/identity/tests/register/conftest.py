"""The population register behind identity, and people whom it is asked about."""

import json
from dataclasses import replace

import pytest

from chassis import jobs, sealing
from chassis.telemetry import configure_logging
from identity import app as composition
from sim_spar.testing import running

KARIN = "199908072391"
LOG_KEY = sealing.generate_key("log")


@pytest.fixture(autouse=True)
def _logs_as_a_process():
    """Log as the worker does, so that ``caplog`` sees it whichever test comes first."""
    configure_logging("identity")


@pytest.fixture(scope="session")
def register_process():
    """The population register's stand-in."""
    with running() as started:
        yield started


@pytest.fixture
def spar(register_process):
    """Its control interface; ``settings`` lead there."""
    register_process.control.reset()
    yield register_process.control
    register_process.control.reset()


@pytest.fixture
def settings(settings, register_process, spar):
    """The web process and the worker know a register."""
    return replace(settings, spar_url=register_process.url, spar_customer_number="500243", spar_assignment_id="637")


@pytest.fixture
def keys(settings):
    """With the key that names are told by, so that protection can be told too."""
    names = sealing.Sealer(json.dumps(sealing.public_key(LOG_KEY)))
    return replace(composition.make_keys(settings), names=names)


@pytest.fixture
def ask(database, settings):
    """The job, as the worker runs it; each test has a breaker of its own."""
    composition._breaker_of.cache_clear()
    context = jobs.JobContext(database, settings)
    return lambda: jobs.run(composition.JOBS.get("ask-population-register"), context)


@pytest.fixture
def registered(new_browser, log_in):
    """``registered(ERIK)``: somebody who has logged in for the first time and confirmed."""

    def run(number=KARIN):
        browser = new_browser()
        log_in(browser, number)
        body = {"accept_terms": True, "terms_version": browser.send("GET", "/terms").json["version"]}
        assert browser.as_person("POST", "/registrations", body).status_code == 201
        return browser

    return run


@pytest.fixture
def entry(rows):
    """The only row of the table."""

    def one():
        [found] = rows("SELECT * FROM population_register")
        return found

    return one


@pytest.fixture
def log_key():
    """The private half of the key that names are told by."""
    return LOG_KEY
