"""The client of BankID's Relying Party API v6.0 (domain facts, section 1)."""

from __future__ import annotations

from identity.api.bankid.client import BankId, BankIdFault

__all__ = ["BankId", "BankIdFault"]
