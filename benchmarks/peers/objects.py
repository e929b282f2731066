"""Kubernetes objects alone, by languages made for that: an agent's are a function of its values.

These peers get the easier half of the work: an agent's values are handed to them, composed; they validate
nothing and write one file of JSON for all objects of an agent.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.measure import seconds
from benchmarks.peers import install
from benchmarks.peers.emitted import EXEMPLARS, FEWEST, Emitted, demand_none, shape_of
from benchmarks.peers.pattern import JSONNET, KCL, Language, Pattern

LIMIT = 600.0
NOT_AN_OBJECT = "kustomization"


@dataclass(frozen=True)
class Objects:
    """A folder of programs in one of the languages.

    Attributes:
        name: The language's.
        folder: Where the programs are.
        python: The interpreter that has the language.
        turns: Numbers for output folders.
    """

    name: str
    folder: Path
    python: Path
    turns: Iterator[int] = field(default_factory=count)

    def render(self) -> float:
        """Run them all into a fresh folder; returns how long it took."""
        return self._render(self.folder / f"out-{next(self.turns)}")

    def check(self, environment: Path) -> None:
        """Run them all once, and hold the first agents' objects against ours.

        Raises:
            NotTheSameWorkError: If one differs.
        """
        out = self.folder / "checked"
        self._render(out)
        for number in range(FEWEST):
            ours = Emitted(environment, number)
            made = json.loads((out / f"{ours.name}.json").read_text(encoding="utf-8"))
            expected = objects_of(ours)
            names = sorted(made.keys() | expected.keys())
            demand_none(
                self.name, (f"{ours.name}/{name}" for name in names if made.get(name) != expected.get(name))
            )

    def _render(self, out: Path) -> float:
        script = Path(__file__).with_name(f"run_{self.name}.py")
        return seconds([self.python, script, self.folder, out], limit=LIMIT)


def objects_of(agent: Emitted) -> dict[str, Any]:
    """An agent's Kubernetes objects."""
    return {name: each for name, each in agent.manifests().items() if name != NOT_AN_OBJECT}


def functions(environment: Path, language: Language) -> Iterator[tuple[str, str]]:
    """By shape, an agent's objects as an expression of `v`."""
    for shape, number in EXEMPLARS.items():
        exemplar = Emitted(environment, number)
        yield shape, language.data(objects_of(exemplar), Pattern.of(exemplar.values()))


def rjsonnet(environment: Path, agents: int, folder: Path) -> Objects:
    """The objects in Jsonnet: a function a shape, a program an agent.

    Raises:
        MissingPeerError: If it cannot be installed.
    """
    made = Objects("rjsonnet", folder, install.install("rjsonnet") / "python")
    (folder / "agents").mkdir(parents=True)
    for shape, body in functions(environment, JSONNET):
        (folder / f"{shape}.libsonnet").write_text(f"function(v) {body}\n", encoding="utf-8")
    for number in range(agents):
        agent = Emitted(environment, number)
        call = f"(import '../{shape_of(number)}.libsonnet')({json.dumps(agent.values())})\n"
        (folder / "agents" / f"{agent.name}.jsonnet").write_text(call, encoding="utf-8")
    return made


def kcl(environment: Path, agents: int, folder: Path) -> Objects:
    """The objects in KCL: a function a shape, one program that calls them for all agents.

    A program an agent was tried too, and took longer.

    Raises:
        MissingPeerError: If it cannot be installed.
    """
    made = Objects("kcl", folder, install.install("kcl") / "python")
    folder.mkdir(parents=True)
    for shape, body in functions(environment, KCL):
        text = f"make_{shape} = lambda v: {{str:str}} -> {{str:}} {{\n    {body}\n}}\n"
        (folder / f"{shape}.k").write_text(text, encoding="utf-8")
    calls = (
        f'    "{agent.name}": make_{shape_of(agent.number)}({json.dumps(agent.values())})\n'
        for agent in (Emitted(environment, number) for number in range(agents))
    )
    (folder / "main.k").write_text(f"agents = {{\n{''.join(calls)}}}\n", encoding="utf-8")
    return made
