"""`python -m sim_bolagsverket`."""

from sim_bolagsverket.app import create_app
from sim_bolagsverket.serve import Server
from sim_bolagsverket.settings import Settings


def main() -> None:
    """Serve until SIGTERM."""
    settings = Settings.load()
    Server(create_app(settings), settings.bind).run()


if __name__ == "__main__":
    main()
