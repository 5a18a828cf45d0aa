"""The shapes that the gateway reads and shows: the route table, the answers of others, its problems."""
