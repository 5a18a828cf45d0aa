"""Where development mail and SMS land. Never part of a production image."""
