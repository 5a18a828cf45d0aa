"""What ``up`` says when all is ready: where to go, as whom, where mails land, how to stop."""

from __future__ import annotations

from importlib import import_module

from runner.plan import SEED, STAFF, Planner, installed


def persons() -> list[tuple[str, str, str]]:
    """Personal number, name and what one finds there, for each test person worth logging in as.

    The seed knows (``persons()``); without one, those of the BankID simulator.
    """
    if installed(SEED):
        staff = import_module(STAFF).persons() if installed(STAFF) else []
        return [*import_module(SEED).persons(), *staff]
    if installed("sim_bankid.persons"):
        known = import_module("sim_bankid.persons").PERSONS
        return [(number, person.name, "") for number, person in list(known.items())[:5]]
    return []


def text(planner: Planner, *, detached: bool) -> str:
    """The whole message."""
    ports = planner.ports
    rows = [
        ("Mina sidor", f"{planner.public_url}/"),
        ("API", f"{planner.public_url}/api/docs"),
        ("BankID (approve here)", f"http://localhost:{ports.bankid}/"),
        ("Mails and SMS", f"http://localhost:{ports.postbox}/"),
        ("Logs", str(planner.layout.log)),
    ]
    lines = ["", "  Minasidor is up.", ""]
    lines += [f"  {what:<24}{where}" for what, where in rows]
    people = persons()
    if people:
        lines += ["", "  Test persons (published test numbers):"]
        lines += [f"    {number}  {name:<22}{what}".rstrip() for number, name, what in people]
    stop = "./minasidor down" if detached else "Ctrl-C, or ./minasidor down from elsewhere"
    return "\n".join([*lines, "", f"  Stop: {stop}", ""])
