"""`python -m sim_bankid` serves; `... make-certificates FOLDER` makes files for mutual TLS."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sim_bankid.certificates import make_certificates
from sim_bankid.server import Server
from sim_bankid.settings import SettingsError, load


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when all went well, 2 when a setting or argument is wrong."""
    parser = argparse.ArgumentParser(prog="sim_bankid", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="run the simulator (the default)")
    make = commands.add_parser("make-certificates", help="make throw-away mTLS certificates")
    make.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    try:
        if options.command == "make-certificates":
            for path in make_certificates(options.folder).values():
                print(path)
            return 0
        Server(load()).run()
    except (SettingsError, FileExistsError) as error:
        print(f"sim_bankid: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
