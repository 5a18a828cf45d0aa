"""A service's own commands come through the one entry, and take what is personal by standard input."""

import io
import json
from types import SimpleNamespace

import pytest

from chassis import admin, cli
from chassis.admin import AdminCommand, AdminCommands, AdminFailed


def greet(context):
    first, *_ = context.read()
    return {"hello": first, "loud": context.options.loud, "service": context.settings.service}


def complain(_context):
    raise AdminFailed({"broken": 1})


def loudness(parser):
    parser.add_argument("--loud", action="store_true")


@pytest.fixture
def run(subscriber, monkeypatch, capsys):
    commands = AdminCommands(
        AdminCommand("greet", greet, "say hello", loudness), AdminCommand("complain", complain, "")
    )
    monkeypatch.setattr(cli, "app_module", lambda _service: SimpleNamespace(ADMIN=commands))
    monkeypatch.setattr(cli, "settings_for", lambda _service: subscriber.settings)
    monkeypatch.setattr(cli, "configure_logging", lambda *_arguments, **_options: None)

    def call(*arguments, stdin=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        status = cli.main(["billing", "admin", *arguments])
        return status, json.loads(capsys.readouterr().out)

    return call


def test_a_command_is_run_with_its_options_and_standard_input(run, subscriber):
    status, said = run("greet", "--loud", stdin="  Karin  \n\n")
    assert status == 0
    assert said == {"hello": "Karin", "loud": True, "service": subscriber.settings.service}


def test_an_unknown_command_or_option_ends_with_the_usage(run):
    for arguments in ((), ("dance",), ("greet", "--quiet")):
        with pytest.raises(SystemExit):
            run(*arguments)


def test_a_command_that_finds_something_wrong_says_what_and_has_status_1(run):
    assert run("complain") == (1, {"broken": 1})


def test_a_service_without_commands_has_none(run, monkeypatch):
    monkeypatch.setattr(cli, "app_module", lambda _service: SimpleNamespace())
    with pytest.raises(SystemExit):
        run("greet")


def test_two_commands_of_one_name_are_refused():
    with pytest.raises(ValueError, match="same name"):
        AdminCommands(AdminCommand("a", greet, ""), AdminCommand("a", greet, ""))


def test_lines_are_stripped_bounded_and_never_empty(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f" a \n\n\t\nb\n{'c' * 5000}\n"))
    assert admin.read_lines() == ["a", "b", "c" * admin.LONGEST_LINE]
