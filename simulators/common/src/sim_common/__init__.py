"""What the simulators share. `client` needs only the standard library, the rest Flask; nothing of the suite."""
