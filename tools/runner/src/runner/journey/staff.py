"""Gives the demo's member of staff her roles, by the same command as an operator. Asking twice changes nothing."""

from __future__ import annotations

import io
import sys

from chassis import cli

STAFF, STAFF_NAME, STAFF_ROLES = "199107172380", "Åsa Test Öberg", ("customer-service", "staff-admin")


def persons() -> list[tuple[str, str, str]]:
    """Personal number, name and roles, as ``up`` prints them."""
    return [(STAFF, STAFF_NAME, f"works at customer service: {', '.join(STAFF_ROLES)}")]


def main() -> int:
    """A process of its own, so its standard input is free to be replaced: the number never stands in arguments."""
    sys.stdin = io.StringIO(f"{STAFF}\n{STAFF_NAME}\n")
    roles = [argument for role in STAFF_ROLES for argument in ("--role", role)]
    return cli.main(["identity", "admin", "grant-staff-role", *roles, "--reason", "Demo data"])


if __name__ == "__main__":
    sys.exit(main())
