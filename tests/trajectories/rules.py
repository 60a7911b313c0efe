"""A book of rules: each is a function that says where a thing breaks it, and is called what it demands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Rule = Callable[[Thing], Iterable[object]]


class Rules(Generic[Thing]):
    def __init__(self) -> None:
        self._rules: dict[str, Rule[Thing]] = {}

    def __call__(self, rule: Rule[Thing]) -> Rule[Thing]:
        """Puts a rule into the book."""
        self._rules[rule.__name__] = rule
        return rule

    def names(self) -> set[str]:
        return set(self._rules)

    def broken(self, thing: Thing) -> list[str]:
        """Every rule that is broken, and where."""
        return [f"{name}: {where}" for name, rule in self._rules.items() for where in rule(thing)]
