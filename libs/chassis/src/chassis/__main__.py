"""``python -m chassis <service> <command>``."""

import sys

from chassis.cli import main

sys.exit(main())
