"""Certificate policies: which BankIDs an order accepts. Every test person has a Mobile BankID."""

from __future__ import annotations

import re

MOBILE = ("1.2.3.4.25", "1.2.752.78.1.5")
"""Mobile BankID in BankID's test and production environments; the simulator stands for both."""
_FIRST_WILDCARD = 5
_POLICY = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+(\.\*)?")


def well_formed(policy: str) -> bool:
    """An object identifier; its last part may be `*`, from the fifth position on."""
    if _POLICY.fullmatch(policy) is None:
        return False
    return not policy.endswith("*") or len(policy.split(".")) >= _FIRST_WILDCARD


def accepts(policies: object) -> bool:
    """Whether a Mobile BankID fits; no policies named means BankID's own list, which has it."""
    if not isinstance(policies, list):
        return True
    return any(_matches(str(policy), oid) for policy in policies for oid in MOBILE)


def _matches(policy: str, oid: str) -> bool:
    return oid.startswith(policy[:-1]) if policy.endswith("*") else oid == policy
