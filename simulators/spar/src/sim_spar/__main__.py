"""`python -m sim_spar`."""

from sim_spar.serve import Server
from sim_spar.settings import Settings


def main() -> None:
    """Serve until SIGTERM."""
    Server(Settings.load()).run()


if __name__ == "__main__":
    main()
