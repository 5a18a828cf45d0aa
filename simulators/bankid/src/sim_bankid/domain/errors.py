"""The two ways to say no: to the relying party, and to whoever plays the app."""

from __future__ import annotations


class RpError(Exception):
    """An answer of the relying party API other than 200."""

    def __init__(self, status: int, code: str, details: str) -> None:
        super().__init__(f"{status} {code}: {details}")
        self.status = status
        self.code = code
        self.details = details


class Refused(Exception):
    """The simulated app cannot do that; `code` is stable, `message` is for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid_parameters(details: str) -> RpError:
    """Make a 400: the relying party is at fault; `details` names the field."""
    return RpError(400, "invalidParameters", details)


def no_such_order() -> RpError:
    """Make a 400: the order is unknown, already told, too old, or another relying party's."""
    return invalid_parameters("No such order")
