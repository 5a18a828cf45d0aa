"""The client of SPAR's Personsök: SOAP 1.1 over mutual TLS, schema 2023.1, asked by personal number alone."""

from __future__ import annotations

from identity.api.spar.client import Spar

__all__ = ["Spar"]
