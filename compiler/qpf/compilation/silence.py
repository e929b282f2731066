"""Passes over a whole environment that found nothing, and what they looked at.

A pass follows from what it is shown. One that found nothing finds nothing again as long as all is as it was
that it looked at. Of a thousand agents of which one has another title, only passes look again that read
titles. Nobody declares what a pass reads: it is seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, partial
from types import MappingProxyType

from msgspec.structs import replace

from qpf.engine.record import Record, Values, read_record
from qpf.engine.state import Place, State
from qpf.model.diagnostic import Report
from qpf.model.digest import ordered
from qpf.model.fleet import Agent, Composed, Environment
from qpf.model.node import Data, Lookalike
from qpf.stages.together import Check

_LAYERS: Place = ()
"""Stands for where values are written: nobody compares that, so who asks is asked again."""


class Silence:
    """Lets passes be silent that were, over one environment of which all agents are valid.

    Attributes:
        around: Digest of what passes may see beside agents.
        kept: The passes that found nothing this time, by name, each with the places in agents that it read.
    """

    def __init__(self, around: str, records: Mapping[str, bytes], before: State) -> None:
        """Look at an environment.

        Args:
            around: Digest of what passes may see beside agents.
            records: The record of every agent, by name.
            before: The environment as it was when its passes found nothing.
        """
        self.around = around
        self.kept: dict[str, tuple[Place, ...]] = {}
        same = before.around == around and before.agents.keys() == records.keys()
        self._known = before.silent if same else {}
        self._records, self._before = records, before.agents
        self._read: dict[Place, None] = {}
        self._watched: Environment | None = None

    def over(self, checks: Iterable[Check]) -> list[Check]:
        """The same passes; those over the environment run if there is something new for them to see."""
        return [
            check._replace(run=partial(self._run, check)) if check.scope == "environment" else check
            for check in checks
        ]

    def _run(self, check: Check, environment: Environment) -> Report:
        places = self._known.get(check.name)
        if places is not None and self._is_as_it_was(places):
            self.kept[check.name] = places
            return Report()
        self._read.clear()
        report = check.run(self._watching(environment))
        if not report.diagnostics and _LAYERS not in self._read:
            self.kept[check.name] = tuple(self._read)
        return report

    def _is_as_it_was(self, places: Iterable[Place]) -> bool:
        return self._changed is not None and all(
            _text(was, place) == _text(now, place) for was, now in self._changed for place in places
        )

    @cached_property
    def _changed(self) -> list[tuple[Values, Values]] | None:
        """The values, before and now, of agents that are not as they were; None where more is new of one."""
        changed = []
        for name, text in self._records.items():
            if text == self._before[name].record:
                continue
            was, now = self._before[name].read(), read_record(text)
            if _head(was) != _head(now):
                return None
            changed.append((Values(was.values), Values(now.values)))
        return changed

    def _watching(self, environment: Environment) -> Environment:
        """The environment, of whose agents it is noted which places are read."""
        if self._watched is None:
            agents = {name: _watched(agent, self._read) for name, agent in environment.agents.items()}
            self._watched = replace(environment, agents=MappingProxyType(agents))
        return self._watched


class _Watched(Lookalike):
    """An agent's values, or one section of them; whoever reads there is noted."""

    __slots__ = ("_above", "_read", "_values")

    def __init__(self, values: Mapping[str, Data], above: Place, read: dict[Place, None]) -> None:
        self._values, self._above, self._read = values, above, read

    def __getitem__(self, key: str) -> Data:
        place = (*self._above, key)
        self._read[place] = None
        value = self._values[key]
        return value if self._above or not isinstance(value, Mapping) else _Watched(value, place, self._read)

    def __iter__(self) -> Iterator[str]:
        self._read[*self._above, None] = None
        return iter(self._values)

    def __len__(self) -> int:
        self._read[*self._above, None] = None
        return len(self._values)


def _watched(agent: Agent, read: dict[Place, None]) -> Agent:
    """An agent of which it is noted which places are read."""

    def compose() -> Composed:
        read[_LAYERS] = None
        return agent.composed

    return replace(agent, values=_Watched(agent.values, (), read), compose=compose)


def _head(record: Record) -> object:
    """What passes see of an agent beside its values."""
    return record.layers, record.base, record.subs, record.role, record.source, record.dependencies


def _text(values: Mapping[str, Data], place: Place) -> bytes:
    """What somebody saw who read a place of an agent: its value, names; of a section, that there is one."""
    *sections, last = place
    for section in sections:
        found = values.get(str(section))
        if not isinstance(found, Mapping):
            return b""
        values = found
    if last is None:
        return ordered([*values])
    if last not in values:
        return b""
    value = values[last]
    return b"{}" if not sections and isinstance(value, Mapping) else ordered(value)
