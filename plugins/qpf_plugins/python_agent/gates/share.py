"""Shares of a package: of so many things, how many have what they should have."""

import ast
from collections.abc import Callable, Iterable
from typing import NamedTuple

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import words


class Counted(NamedTuple):
    """A module's tally: all things that count, and line and name of those that lack something."""

    total: int
    lacking: tuple[tuple[int, str], ...]


def measure(
    agent: str, name: str, minimum: int, modules: Iterable[Artifact], count: Callable[[ast.Module], Counted]
) -> Measurement:
    """The share over all modules of an agent; a module that cannot be parsed fails it."""
    total = 0
    lacking: list[str] = []
    for module in modules:
        try:
            counted = count(ast.parse(module.content))
        except (SyntaxError, ValueError) as error:
            return Measurement(
                agent, name, "not measured", f"{minimum} %", passed=False, detail=f"{module.path}: {error}"
            )
        total += counted.total
        lacking += [f"{module.path}:{line}: {what}" for line, what in sorted(counted.lacking)]
    having = total - len(lacking)
    passed = having * 100 >= minimum * total
    return Measurement(
        agent,
        name,
        f"{having * 100 // total if total else 100} %",
        f"{minimum} %",
        passed=passed,
        detail="" if passed else words("\n".join(lacking)),
    )
