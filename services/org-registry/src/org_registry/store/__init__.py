"""Tables and named queries."""
