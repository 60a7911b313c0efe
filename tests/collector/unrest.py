"""Things that are killed at random moments, and come back."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from server import PATIENCE


@dataclass(frozen=True)
class Victim:
    kill: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def unrest(victims: Sequence[Victim], chance: random.Random) -> Iterator[list[int]]:
    """Kills one of them again and again, with pauses at random; at the end all are there. Gives how often, in a list of one."""
    over, kills = threading.Event(), [0]
    troubles: list[BaseException] = []

    def haunt() -> None:
        try:
            while not over.wait(chance.uniform(0.05, 0.6)):
                victim = chance.choice(victims)
                victim.kill()
                kills[0] += 1
                over.wait(chance.uniform(0, 0.3))
                victim.start()
        except BaseException as trouble:
            troubles.append(trouble)

    thread = threading.Thread(target=haunt)
    thread.start()
    try:
        yield kills
    finally:
        over.set()
        thread.join(PATIENCE)
    assert not troubles, troubles
