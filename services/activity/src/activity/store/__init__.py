"""Tables and named queries of activity."""
