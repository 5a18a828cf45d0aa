"""A stand-in for the BankID Relying Party API v6.0, with test persons instead of people."""
