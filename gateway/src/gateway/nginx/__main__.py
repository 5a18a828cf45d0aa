"""``python -m gateway.nginx --out FOLDER [--exec]``: write the configuration, and start nginx on it where asked to."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from chassis.settings import SettingsError, load
from gateway.nginx import command, write
from gateway.settings import SERVICE, Settings


def main() -> int:
    """Run; a wrong setting is one line and status 78, as everywhere in the suite."""
    parser = argparse.ArgumentParser(prog="python -m gateway.nginx", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="nginx's own folder: configuration, logs, pages, pid")
    parser.add_argument("--exec", action="store_true", help="become nginx (in the foreground) instead of ending")
    options = parser.parse_args()
    try:
        settings = load(Settings, SERVICE)
        write(settings, options.out)
    except SettingsError as error:
        sys.stderr.write(f"minasidor: settings of {SERVICE}: {error}\n")
        return 78
    line = command(settings, options.out)
    if options.exec:
        os.execv(line[0], line)  # noqa: S606 - no shell wanted
    sys.stdout.write(" ".join(line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
