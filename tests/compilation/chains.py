"""A fleet in which every kind of input exists: twelve agents in two chains, and what a person may change.

Agents 0 to 9 are a chain and hand work on; so are 10 and 11. `skill_05` brings `skill_07` along. Two
warnings: one of an agent's own line, one of a line of the staging environment.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks import fleet
from benchmarks.fleet_files import BASES, CHAIN, agent_name, sub_name, subs_of

AGENTS = 12
EVERYBODY = frozenset(range(AGENTS))
NOBODY: frozenset[int] = frozenset()
README = """\
{% extends "builtin/README.md.jinja" %}
{% block operations %}{% include "oncall.md.jinja" %}{% endblock %}
"""
NEW = "agent_99999"


class Change(NamedTuple):
    """Something that a person changes.

    Attributes:
        name: What it is.
        make: Does it; raises `ValueError` if it cannot be done here.
        dev: Numbers of the agents that are extracted again in dev.
        staging: The same in staging; by default as in dev.
    """

    name: str
    make: Callable[[Path], None]
    dev: Iterable[int]
    staging: Iterable[int] | None = None

    def extracted(self) -> dict[str, set[str]]:
        """Names of the agents that are extracted again, by environment."""
        staging = self.dev if self.staging is None else self.staging
        return {"dev": set(map(agent_name, self.dev)), "staging": set(map(agent_name, staging))}


def make_fleet(root: Path, scope: str = "365 days") -> Path:
    """Write the fleet; no warning is found in it if two agents look back no further than 15 days."""
    fleet.make(AGENTS, root, environments=2)
    fleet.write(root / "templates" / "python_agent" / "README.md.jinja", README)
    fleet.write(root / "templates" / "python_agent" / "oncall.md.jinja", "Ring {{ owner }}.\n")
    fleet.write(root / "logic" / "chains" / "rules.py", "LIMIT = 1\n")
    swap("sub/skill_05.yaml", "adds:\n", "composition: {subs: [skill_07]}\nadds:\n")(root)
    looks_back = f"reasoningengine: {{temporalscope: {scope}}}\n"
    append(f"agents/{agent_name(11)}.yaml", looks_back)(root)
    append(STAGING, f"    {agent_name(1)}:\n      {looks_back}")(root)
    return root


def add_environment(root: Path, name: str) -> None:
    """Give a fleet that has `dev` one more environment like it."""
    swap("qpf.yaml", "  dev: {branch: dev}\n", f"  dev: {{branch: dev}}\n  {name}: {{branch: {name}}}\n")(
        root
    )
    _write(
        root / "environments" / name / "environment.yaml",
        (root / "environments" / "dev" / "environment.yaml").read_text(),
    )


def swap(path: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace the first of some text in a file."""

    def make(root: Path) -> None:
        file = root / path
        text = file.read_text() if file.exists() else ""
        if old not in text:
            message = f"{path} does not say {old!r}"
            raise ValueError(message)
        file.write_text(text.replace(old, new, 1))

    return make


def append(path: str, text: str) -> Callable[[Path], None]:
    """Write more at the end of a file."""
    return lambda root: _write(root / path, (root / path).read_text() + text)


def prepend(path: str, text: str) -> Callable[[Path], None]:
    """Write more at the beginning of a file."""
    return lambda root: _write(root / path, text + (root / path).read_text())


def turn(path: str, first: str, second: str) -> Callable[[Path], None]:
    """Let two lines of a file that follow one another change places."""
    return swap(path, first + second, second + first)


def both(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    """Several changes at once."""

    def make(root: Path) -> None:
        for change in changes:
            change(root)

    return make


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _composed_of(*subs: int) -> set[int]:
    return {agent for agent in range(AGENTS) if {*subs} & {*subs_of(agent)}}


def _add_agent(root: Path) -> None:
    text = (root / f"agents/{agent_name(11)}.yaml").read_text()
    _write(root / f"agents/{NEW}.yaml", text.replace(agent_name(11), NEW).replace("365 days", "30 days"))


def _rename_agent(root: Path) -> None:
    old, new = agent_name(11), NEW
    for path in ("glue.yaml", f"agents/{agent_name(10)}.yaml", f"agents/{old}.yaml"):
        swap(path, old, new)(root)
    text = (root / f"agents/{old}.yaml").read_text()
    (root / f"agents/{old}.yaml").unlink()
    _write(root / f"agents/{new}.yaml", text.replace(old, new))


def _remove_agent(root: Path) -> None:
    swap("glue.yaml", WIRE_10, "")(root)
    swap(f"agents/{agent_name(10)}.yaml", f"connectto: [{agent_name(11)}]\n  ", "")(root)
    (root / f"agents/{agent_name(11)}.yaml").unlink()


def _wire(number: int) -> str:
    source, target, packet = agent_name(number), agent_name(number + 1), f"task_{number // CHAIN:02d}"
    return f"  - {{from: {source}.forward, to: {target}.request, packet: {packet}, priority: medium}}\n"


BOTH = "python_agent, kubernetes"
WIRE_10 = _wire(10)
FIRST = f"agents/{agent_name(1)}.yaml"
THIRD = f"agents/{agent_name(3)}.yaml"
STAGING = "environments/staging/environment.yaml"
TASK_ID = "      task_id: {type: string, description: Identifies the task.}\n"
FEATURES = "      features: {type: array, items: number, description: What is known about it.}\n"
POSTGRESQL = "      postgresql: {namespace: data, port: 5432}\n"
REDIS = "      redis: {namespace: data, port: 6379}\n"
FASTER = _wire(3).replace("medium", "high")

CHANGES = (
    Change("template", append("templates/python_agent/README.md.jinja", "{# x #}\n"), EVERYBODY),
    Change("included template", swap("templates/python_agent/oncall.md.jinja", "g", "G"), EVERYBODY),
    Change("agent", swap(THIRD, "of the synthetic", "of the other"), {3}),
    Change("comment of an agent", append(THIRD, "# why\n"), NOBODY),
    Change("moved line of an agent", prepend(THIRD, "\n"), NOBODY),
    Change("interface", swap(THIRD, "A task of line", "Some task of line"), {2, 3, 4}),
    Change("scope", swap(f"agents/{agent_name(11)}.yaml", "5 days", "0 days"), {11}),
    Change("base", swap(f"base/{BASES[2]}.yaml", "Weigh the", "Weigh all"), {2, 7}),
    Change("comment of a base", append(f"base/{BASES[4]}.yaml", "# why\n"), NOBODY),
    Change("sub", swap(f"sub/{sub_name(24)}.yaml", "enabled", "ready"), _composed_of(24)),
    Change("sub of a sub", swap(f"sub/{sub_name(7)}.yaml", "enabled", "ready"), _composed_of(5, 7)),
    Change("glue", swap("glue.yaml", _wire(3), FASTER), {3, 4}),
    Change("connection goes", swap("glue.yaml", WIRE_10, ""), {10, 11}),
    Change("packet kind", swap("glue.yaml", "How well it went", "How well it did"), EVERYBODY),
    Change("order of packet fields", turn("glue.yaml", TASK_ID, FEATURES), EVERYBODY),
    Change("comment of the glue", prepend("glue.yaml", "# why\n"), NOBODY),
    Change("override for all", swap(STAGING, "INFO", "ERROR"), NOBODY, EVERYBODY),
    Change("override for one", swap(STAGING, "replicas: 2", "replicas: 4"), NOBODY, {0}),
    Change("comment of an environment", prepend(STAGING, "# why\n"), NOBODY),
    Change("option", swap(STAGING, "namespace: synthetic-staging", "namespace: other"), NOBODY, EVERYBODY),
    Change("order of options", turn(STAGING, POSTGRESQL, REDIS), NOBODY, EVERYBODY),
    Change("target", swap("qpf.yaml", BOTH, "python_agent"), EVERYBODY),
    Change("order of targets", swap("qpf.yaml", BOTH, "kubernetes, python_agent"), EVERYBODY),
    Change("name of the fleet", swap("qpf.yaml", "fleet: synthetic", "fleet: other"), EVERYBODY),
    Change("comment of the fleet", prepend("qpf.yaml", "# why\n"), NOBODY),
    Change("logic", append("logic/chains/rules.py", "MORE = 2\n"), NOBODY),
    Change("value moves to the base", swap(FIRST, "  criticality: medium\n", ""), {1}),
    Change("value moves to the environment", both(
        swap(FIRST, "  criticality: medium\n", ""),
        append(STAGING, "      system: {criticality: medium}\n"),
    ), {1}),
    Change("new agent", _add_agent, {99999}),
    Change("other name of an agent", _rename_agent, {10, 99999}),
    Change("no agent", _remove_agent, {10}),
)  # fmt: skip
