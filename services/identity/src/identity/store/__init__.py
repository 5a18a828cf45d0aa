"""The tables of identity, the sealed columns, and the statements on them."""
