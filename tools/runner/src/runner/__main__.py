"""``python -m runner``: what ``./minasidor`` calls when the machine is set up."""

import sys

from runner.cli import main

sys.exit(main())
