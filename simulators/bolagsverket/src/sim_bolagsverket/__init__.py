"""Stand-in for Bolagsverket's Företagsinformation v4. Never part of a production image."""
