"""A pass that found nothing is asked again if, and only if, something is new that it looked at."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.compilation.silence import Silence
from qpf.engine.record import Record, read_record, recall, write_record, write_values
from qpf.engine.state import Kept, State
from qpf.host import workspace
from qpf.host.guard import run_pass
from qpf.model.diagnostic import Code, Diagnostic, Report, Severity
from qpf.model.digest import digest_of
from qpf.model.fleet import Agent, Environment, EnvironmentSettings, FleetSettings, Glue
from qpf.stages.together import Check
from tests.command import run
from tests.compilation.chains import append, make_fleet, swap

FOUND = Code("ACM501", "found", Severity.WARNING, "Found.")
SECTIONS, KEYS = ("a", "b", "c"), ("x", "y")
Values = dict[str, Any]


def record(agent: str, values: Values, role: str = "") -> bytes:
    one = Record(
        agent, ("base/b.yaml",), ("d",), "b", (), role, "a.yaml", "i", b"{}", (), None, None, "", None,
        write_values(values),
    )  # fmt: skip
    return write_record(one)


def environment_of(records: Mapping[str, bytes]) -> Environment:
    def compose() -> Any:
        raise AssertionError

    agents = {name: recall(read_record(text), "dev", {}, compose) for name, text in records.items()}
    return Environment(
        EnvironmentSettings("dev", ()),
        FleetSettings("f", "6.0.0", None, {}, ()),
        MappingProxyType(agents),
        Glue(),
        known=frozenset(agents),
    )


def state_of(records: Mapping[str, bytes], silence: Silence) -> State:
    agents = {name: Kept("", "", {}, {}, text, b"") for name, text in records.items()}
    return State({}, agents, silence.around, silence.kept)


class Fleet:
    """A fleet that is validated again and again by one pass, with what is known of the time before."""

    def __init__(self, check: Callable[[Environment], Report]) -> None:
        self.check = check
        self.state = State()
        self.asked = 0

    def validate(self, records: Mapping[str, bytes], around: str = "") -> Report:
        def asked(environment: Environment) -> Report:
            self.asked += 1
            return self.check(environment)

        silence = Silence(around, records, self.state)
        (check,) = silence.over([Check("environment", asked, partial=True, name="acme/seek")])
        report: Report = check.run(environment_of(records))
        self.state = state_of(records, silence)
        return report


def finding() -> Report:
    return Report.of([Diagnostic(FOUND, "found")])


def of_labels(environment: Environment) -> Report:
    labels = [agent.values["meta"]["labels"] for agent in environment.agents.values()]
    return finding() if {"bad": "1"} in labels else Report()


def agents(**values: Values) -> dict[str, bytes]:
    return {name: record(name, one) for name, one in values.items()}


GOOD = {"meta": {"title": "t", "labels": {}}, "other": {"x": 1}}
BAD = {"meta": {"title": "t", "labels": {"bad": "1"}}, "other": {"x": 1}}
TITLED = {"meta": {"title": "new", "labels": {}}, "other": {"x": 2}}


def test_what_it_did_not_read_may_change() -> None:
    fleet = Fleet(of_labels)
    assert not fleet.validate(agents(one=GOOD, two=GOOD)).diagnostics
    assert not fleet.validate(agents(one=TITLED, two=GOOD)).diagnostics
    assert not fleet.validate(agents(one=TITLED, two=TITLED)).diagnostics
    assert fleet.asked == 1


def test_what_it_read_may_not() -> None:
    fleet = Fleet(of_labels)
    fleet.validate(agents(one=GOOD, two=GOOD))
    assert fleet.validate(agents(one=GOOD, two=BAD)).diagnostics
    assert fleet.asked == 2


def test_a_pass_that_found_something_is_asked_again() -> None:
    fleet = Fleet(of_labels)
    for _ in range(2):
        assert fleet.validate(agents(one=BAD)).diagnostics
    assert fleet.asked == 2


@pytest.mark.parametrize(
    "second",
    [
        partial(Fleet.validate, records=agents(one=GOOD, two=GOOD)),
        partial(Fleet.validate, records={}),
        partial(Fleet.validate, records=agents(one=GOOD), around="another glue"),
        partial(Fleet.validate, records={"one": record("one", GOOD, role="another")}),
    ],
    ids=["an agent more", "an agent less", "what is around", "an agent's head"],
)
def test_what_every_pass_may_see_is_never_taken_for_granted(second: Callable[..., Report]) -> None:
    fleet = Fleet(of_labels)
    fleet.validate(agents(one=GOOD))
    second(fleet)
    assert fleet.asked == 2


def test_who_asks_where_a_value_is_written_is_asked_again() -> None:
    def look(environment: Environment) -> Report:
        with pytest.raises(AssertionError):
            environment.agents["one"].writes("meta", "title")
        return Report()

    fleet = Fleet(look)
    fleet.validate(agents(one=GOOD))
    fleet.validate(agents(one=GOOD))
    assert fleet.asked == 2


SCALARS = st.sampled_from([0, 1, True, False, 1.0, "", "s", None])
LEAVES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(KEYS), SCALARS, max_size=2)
SECTION = st.dictionaries(st.sampled_from(KEYS), LEAVES, max_size=2) | LEAVES
FLEETS = st.fixed_dictionaries(
    {name: st.dictionaries(st.sampled_from(SECTIONS), SECTION, max_size=3) for name in ("one", "two")}
)
VALUES: dict[str, Callable[[Mapping[str, Any], str], object]] = {
    "there": lambda values, name: name in values,
    "names": lambda values, _: list(values),
    "many": lambda values, _: len(values),
    "twice": lambda values, _: values == dict(values),
}
SECTION_OF: dict[str, Callable[[Mapping[str, Any], str], object]] = {
    "a section": lambda section, _: bool(section is not None),
    "key": lambda section, key: section.get(key),
    "key there": lambda section, key: key in section,
    "keys": lambda section, _: list(section),
    "items": lambda section, _: [list(each) for each in section.items()],
}
LOOKS = st.lists(
    st.tuples(
        st.sampled_from(["one", "two"]),
        st.sampled_from([*VALUES, *SECTION_OF]),
        st.sampled_from(SECTIONS),
        st.sampled_from(KEYS),
    ),
    max_size=4,
)


def look(environment: Environment, looks: list[tuple[str, str, str, str]]) -> Iterator[object]:
    """What a pass sees that looks at some places; whether it looks on depends on what it saw."""
    for agent, how, name, key in looks:
        values = environment.agents[agent].values
        if how in VALUES:
            seen = VALUES[how](values, name)
        else:
            seen = values.get(name)
            if isinstance(seen, Mapping):
                seen = SECTION_OF[how](seen, key)
        yield [type(seen).__name__, seen]
        if not seen:
            return


@given(st.lists(FLEETS, min_size=2, max_size=3), LOOKS)
def test_whatever_is_found_is_what_is_found_without_memory(
    fleets: list[dict[str, Values]], looks: list[tuple[str, str, str, str]]
) -> None:
    def check(environment: Environment) -> Report:
        observed = list(look(environment, looks))
        return finding() if int(digest_of(observed)[-1], 16) % 4 == 0 else Report()

    remembering = Fleet(check)
    for fleet in fleets:
        records = agents(**fleet)
        assert remembering.validate(records) == check(environment_of(records))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet without warnings, compiled; nobody changes it."""
    root = make_fleet(tmp_path_factory.mktemp("silence") / "fleet", scope="10 days")
    run(["compile"], root)
    return root


def asked(command: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The passes over environments that a command runs."""
    names = set()

    def noted(entry: Any, environment: Environment, agent: Agent | None = None, **rest: Any) -> Report:
        if agent is None:
            names.add(entry.value.name)
        return run_pass(entry, environment, agent, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(workspace, "run_pass", noted)
        assert run([command], root)[0] == 0
    return names


@pytest.mark.parametrize("command", ["compile", "validate"])
def test_a_title_concerns_no_pass_over_the_environment(
    command: str, compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(compiled, tmp_path / "fleet")
    run([command], root)
    swap("agents/agent_00003.yaml", "title: Agent 3", "title: Agent Three")(root)
    assert asked(command, root, monkeypatch) == set()
    swap("agents/agent_00003.yaml", "agent_v6:agent_00003:", "agent_v6:three:")(root)
    assert asked(command, root, monkeypatch) == {"keyspace-collision", "traffic-cut"}
    append("glue.yaml", "# a line\n")(root)
    assert len(asked(command, root, monkeypatch)) > 10
