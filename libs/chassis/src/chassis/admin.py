"""What an operator does to one service beside what all have: ``python -m chassis identity admin grant-staff-role``.

A service declares ``ADMIN = AdminCommands(AdminCommand("grant-staff-role", run=..., help=..., arguments=...))`` in its
``app``. What is personal comes by standard input: command lines stand in process lists and shell histories.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.settings import Settings
from chassis.transaction import Database

LONGEST_LINE = 1000


@dataclass(frozen=True, slots=True)
class AdminContext:
    """What a command works with. ``read`` gives the lines of standard input, stripped."""

    database: Database
    settings: Settings
    options: argparse.Namespace
    read: Callable[[], list[str]]


class AdminFailed(Exception):
    """The command ran and found something wrong: ``answer`` is printed, and the exit status is 1."""

    def __init__(self, answer: Any) -> None:
        super().__init__("the command found something wrong")
        self.answer = answer


def _no_arguments(_parser: argparse.ArgumentParser) -> None:
    """Most commands need none."""


@dataclass(frozen=True, slots=True)
class AdminCommand:
    """One command. ``run`` opens its own transactions; what it returns is printed as JSON."""

    name: str
    run: Callable[[AdminContext], Any]
    help: str
    arguments: Callable[[argparse.ArgumentParser], None] = _no_arguments


class AdminCommands:
    """The commands of one service."""

    def __init__(self, *commands: AdminCommand) -> None:
        self._commands = {command.name: command for command in commands}
        if len(self._commands) != len(commands):
            message = "two commands have the same name"
            raise ValueError(message)

    def __iter__(self) -> Iterator[AdminCommand]:
        return iter(self._commands.values())

    def parse(self, service: str, arguments: Sequence[str]) -> tuple[AdminCommand, argparse.Namespace]:
        """The command that ``arguments`` name, and its options; a wrong one ends with the usage."""
        parser = argparse.ArgumentParser(prog=f"python -m chassis {service} admin")
        choices = parser.add_subparsers(dest="command", required=True)
        for command in self:
            command.arguments(choices.add_parser(command.name, help=command.help, description=command.help))
        options = parser.parse_args(arguments)
        return self._commands[options.command], options


def read_lines() -> list[str]:
    """Standard input, without empty lines."""
    return [stripped for line in sys.stdin if (stripped := line[:LONGEST_LINE].strip())]
