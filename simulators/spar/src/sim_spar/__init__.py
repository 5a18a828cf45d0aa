"""Stand-in for SPAR's Personsök, the search in the population register. Never part of a production image."""
