"""``./minasidor demo``: run the story against the running suite and say each step, each event and its hop times."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from runner.journey.gateway_client import Refused, TooSlow
from runner.journey.story import Story
from runner.journey.tap import Tap
from runner.journey.world import from_environment


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)


class ToldStory(Story):
    """The story, with the events of each step beneath it."""

    def __init__(self, *arguments: object, tap: Tap | None) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._tap = tap

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Say the step, then what it made the services tell each other."""
        with super().step(text):
            yield
        for seen in self._tap.new() if self._tap else []:
            say(seen.line())


def main() -> int:
    """Exit status 0 when every step worked."""
    world = from_environment()
    url = os.environ.get("MINASIDOR_OPERATOR_AMQP_URL")
    tap = Tap(url, json.loads(os.environ.get("MINASIDOR_DATABASES", "{}"))) if url else None
    if tap:
        tap.start()
    started = time.monotonic()
    say(f"The main job, through {world.gateway_url}")
    try:
        seen = ToldStory(world, say, tap=tap).run()
    except (Refused, TooSlow, AssertionError, OSError) as error:
        say(f"\nThe journey failed: {type(error).__name__}: {error}")
        return 1
    finally:
        if tap:
            tap.stop()
    invoice = seen["invoice"]
    say("\nWhat the customer sees")
    say(
        f"  {seen['account']}, faktura {invoice['invoice_number']}, OCR {invoice['ocr']}, förfaller {invoice['due_on']}"
    )
    for line in invoice["lines"]:
        say(f"    {line['description']:<36} {line['quantity']:>8} {line['unit']:<6} {kronor(line['net_ore']):>14}")
    for vat in invoice["vat"]:
        say(f"    {'Moms ' + str(vat['rate']) + ' %':<36} {'':>15} {kronor(vat['vat_ore']):>14}")
    say(f"    {'Öresavrundning':<36} {'':>15} {kronor(invoice['rounding_ore']):>14}")
    say(f"    {'Summa':<36} {'':>15} {kronor(invoice['total_ore']):>14}   {invoice['payment_status']}")
    say(f"\nThe journey worked: {time.monotonic() - started:.1f} s.")
    return 0


def kronor(ore: int) -> str:
    """``123450`` -> ``1 234,50 kr``."""
    whole, part = divmod(abs(ore), 100)
    sign = "-" if ore < 0 else ""
    return f"{sign}{whole:,}".replace(",", "\u00a0") + f",{part:02}\u00a0kr"


if __name__ == "__main__":
    sys.exit(main())
