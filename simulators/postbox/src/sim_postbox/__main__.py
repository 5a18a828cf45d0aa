"""`python -m sim_postbox`."""

from sim_postbox.serve import Server
from sim_postbox.settings import Settings


def main() -> None:
    """Serve until SIGTERM."""
    Server(Settings.load()).run()


if __name__ == "__main__":
    main()
