"""The routes, and the client of Bolagsverket that they use."""
