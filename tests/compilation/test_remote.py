"""Whoever works, what comes out is the same; who cannot is a finding that names the agents."""

import json
import re
import shutil
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.fleet import make
from qpf.compilation import serving
from qpf.compilation.crew import Alone, Task
from qpf.compilation.fleet import Compilation, Options
from qpf.compilation.parcel import pack_sources, unpack_sources, unwrap, wrap
from qpf.compilation.processes import Forked
from qpf.compilation.remote import Remote
from qpf.engine.findings import to_plain
from qpf.engine.pack import read_head
from qpf.model.diagnostic import Code, Diagnostic, Report, Severity
from qpf.model.event import Event, ExtractionFinished
from qpf.model.executor import ExecutorError
from tests.compilation.compiling import Here, compiled, files_in, front_of
from tests.compilation.conftest import FLEETS

OTHER = Code("ABC001", "odd", Severity.WARNING, "Something.")


def put(tiers, key, payload):
    tiers.put({key: payload})


def remote(pool):
    return lambda front, store: Remote(front, pool, store)


def test_others_make_the_same_tree(fleet, tmp_path):
    front, files = fleet
    pool = Here()
    made, report = compiled(front, tmp_path, remote(pool))
    assert report.diagnostics == ()
    assert made == files
    assert pool.closed


def test_others_know_the_migrations_that_an_agent_tells_of(tmp_path):
    root = shutil.copytree(FLEETS / "mesh", tmp_path / "mesh")
    step = "schema_evolution: {migrations: {5.9.0 -> 6.0.0: [{field_rename: system.name -> system.title}]}}"
    with (root / "agents/beta.yaml").open("a") as file:
        file.write(f"{step}\n")
    alpha = root / "agents/alpha.yaml"
    text = alpha.read_text().replace("{title: Alpha}", "{name: Alpha}")
    alpha.write_text(text.replace("schema_version: 6.0.0", "schema_version: 5.9.0"))
    front = front_of(root)
    (alone, expected), (made, found) = (
        compiled(front, tmp_path / name, hire)
        for name, hire in (("alone", Alone), ("others", remote(Here())))
    )
    assert not expected.failed
    assert (made, found) == (alone, expected)


def test_forked_processes_make_the_same_tree(fleet, tmp_path):
    front, files = fleet
    compilation = Compilation(front, tmp_path, Options(remember=False))
    with compilation.tiers() as tiers:
        compilation._crew = Forked(front, compilation._keeper, 2)
        built = compilation.build(sorted(front.configuration.overrides), tiers)
        compilation.publish(built.value, tiers, tmp_path / "out")
    assert files_in(tmp_path / "out") == files


def test_others_find_what_one_process_finds(tmp_path):
    root = shutil.copytree(FLEETS / "broken", tmp_path / "broken")
    front = front_of(root)
    (alone, expected), (made, found) = (
        compiled(front, tmp_path / name, hire)
        for name, hire in (("alone", Alone), ("others", remote(Here())))
    )
    assert expected.failed
    assert found == expected
    assert alone == made == {}


def test_what_others_made_is_found_in_the_local_cache(fleet, tmp_path):
    front, _ = fleet
    environments = sorted(front.configuration.overrides)
    origins = []
    for pool in (Here(), Here()):
        seen: list[Event] = []
        compilation = Compilation(front, tmp_path, Options(), seen.append)
        with compilation.tiers() as tiers:
            compilation._crew = Remote(front, pool, partial(put, tiers))
            assert not compilation.build(environments, tiers).report.failed
        origins.append({each.origin for each in seen if isinstance(each, ExtractionFinished)})
    assert origins == [{"built"}, {"local"}]
    # Only `layers` had to be asked again: whatever was checked and emitted was in the cache.
    assert {unwrap(order)[0]["do"] for order in pool.orders} == {"layers"}


def test_a_worker_with_other_tools_refuses_and_both_are_named(fleet, tmp_path):
    front, _ = fleet
    tools = {**front.tools, "jinja2": "0.1", "acme 2.0": f"sha256:{'0' * 64}"}
    made, report = compiled(replace(front, tools=tools), tmp_path, remote(Here()))
    (found,) = report.diagnostics
    assert (made, found.code.id) == ({}, "QPF071")
    assert f"jinja2: {front.tools['jinja2']} there, 0.1 here" in found.message
    assert "acme 2.0: none there, sha256:000000000000 here" in found.message
    assert "python" not in found.message


def test_a_refused_order_is_read_no_further():
    order = wrap({"tools": {"qpf": "another"}, "of": "a later version"}, [b"unreadable"])
    head, _ = unwrap(serving.serve(order))
    assert head["refused"] == serving.installed_tools()


def test_what_a_process_has_imported_stays_its_tools(monkeypatch):
    before = serving.installed_tools()
    monkeypatch.setattr(serving, "tools_of", lambda _pins: {"qpf": "files changed meanwhile"})
    assert serving.installed_tools() == before


class Losing(Here):
    """Loses the first order of a kind."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.lost = set()

    def run(self, work, orders):
        for number, order in enumerate(orders):
            head, _ = unwrap(order)
            if number or head["do"] != self.kind:
                yield number, work(order)
            else:
                self.lost |= {each if self.kind != "emit" else each[0] for each in head["work"]}
                yield number, ExecutorError("its worker died")


@pytest.mark.parametrize("kind", ["layers", "check", "emit"])
def test_lost_work_is_a_finding_that_names_the_agents(fleet, tmp_path, kind):
    front, _ = fleet
    pool = Losing(kind)
    _, report = compiled(front, tmp_path, remote(pool))
    assert pool.lost
    assert {found.code.id for found in report.diagnostics} == {"QPF070"}
    for found in report.diagnostics:
        assert found.message.startswith("the executor gave no result for agents `")
        assert found.message.endswith(": its worker died")
    named = {name for found in report.diagnostics for name in re.findall(r"`(\w+)`", found.message)}
    assert named == pool.lost


class Gone(Here):
    """Answers once, then there is nobody left."""

    def run(self, work, orders):
        for number, order in enumerate(orders):
            if number:
                message = "nobody is left"
                raise ExecutorError(message)
            yield number, work(order)


def test_when_nobody_is_left_all_that_is_not_done_is_named(tmp_path):
    front = front_of(make(40, tmp_path / "fleet"))
    crew = Remote(front, Gone(), lambda _key, _payload: None)
    outcomes = dict(crew.check("dev", dict.fromkeys(sorted(front.agents), "")))
    lost = {agent for agent, outcome in outcomes.items() if not outcome.value}
    assert set(outcomes) == set(front.agents)
    assert lost == set(sorted(front.agents)[16:])
    (message,) = {found.message for agent in lost for found in outcomes[agent].report.diagnostics}
    assert "`agent_00016`" in message
    assert message.endswith("and 8 more: nobody is left")


def test_an_answer_that_is_none_is_lost_work(fleet, tmp_path):
    class Garbled(Here):
        def run(self, work, orders):
            yield from ((number, work(order)[:-1]) for number, order in enumerate(orders))

    front, _ = fleet
    made, report = compiled(front, tmp_path, remote(Garbled()))
    assert made == {}
    assert {found.code.name for found in report.diagnostics} == {"unfinished-work"}


@pytest.mark.parametrize(
    ("head", "parts"),
    [
        ({}, []),
        ({"done": 5}, []),
        ({"done": [["nobody", [], None]]}, [b""]),
        ({"done": [["agent_00000", [], None]]}, []),
        ({"done": [["agent_00000", [1], None]]}, [b""]),
        ({"refused": []}, []),
    ],
)
def test_an_answer_to_another_question_is_lost_work(tmp_path, head, parts):
    front = front_of(make(1, tmp_path / "fleet"))

    class Elsewhere(Here):
        def run(self, work, orders):
            yield from ((number, wrap(head, parts)) for number, _ in enumerate(orders))

    crew = Remote(front, Elsewhere(), lambda _key, _payload: None)
    ((agent, outcome),) = crew.check("dev", {"agent_00000": ""})
    (found,) = outcome.report.diagnostics
    assert agent == "agent_00000"
    assert found.message.endswith(": its answer cannot be read")


def test_files_with_findings_are_kept_where_no_other_run_takes_them_for_clean(fleet):
    class Warned(Here):
        def run(self, work, orders):
            for number, order in enumerate(orders):
                head, packs = unwrap(work(order))
                warned = Report((Diagnostic(OTHER, "not quite"),))
                head["done"] = [[agent, to_plain(warned), cost] for agent, _, cost in head["done"]]
                yield number, wrap(head, packs)

    front, _ = fleet
    agent = min(front.agents)
    kept: dict[str, bytes] = {}
    crew = Remote(front, Warned(), kept.__setitem__)
    begun: list[str] = []
    (made,) = crew.emit("dev", [Task(agent, "key", ())], {}, begun.append)
    assert begun == [agent]
    assert [found.message for found in made.report.diagnostics] == ["not quite"]
    assert list(kept) == ["key:findings"]
    assert made.table
    assert made.table == kept["key:findings"][: read_head(kept["key:findings"]).size]


def test_an_order_holds_no_agent_that_it_is_not_about(tmp_path):
    front = front_of(make(40, tmp_path / "fleet"))
    pool = Here()
    list(Remote(front, pool, lambda _key, _payload: None).layers(sorted(front.agents)))
    assert len(pool.orders) == 3
    for order in pool.orders:
        head, (common, agents) = unwrap(order)
        assert [each.path for each in unpack_sources(agents)] == [
            f"agents/{name}.yaml" for name in head["work"]
        ]
        assert not any(each.content for each in unpack_sources(common) if each.path.startswith("agents/"))


TEXTS = st.dictionaries(st.text(), st.text())


@given(TEXTS.filter(lambda head: "sizes" not in head), st.lists(st.binary()))
def test_a_parcel_reads_back_to_what_was_wrapped(head, parts):
    read, back = unwrap(wrap(head, parts))
    assert ({**head, "sizes": [len(part) for part in parts]}, parts) == (read, back)


@given(
    st.one_of(
        st.binary(),
        st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
            lambda data: json.dumps(data).encode()
        ),
    )
)
def test_any_other_bytes_are_no_parcel(content):
    with pytest.raises(ValueError, match="this is no parcel"):
        unwrap(content)
    with pytest.raises(ValueError, match="this is no parcel"):
        unpack_sources(content)


def test_sources_read_back_to_what_was_packed(fleet):
    front, _ = fleet
    sources = tuple(front.sources.values())
    assert unpack_sources(pack_sources(sources)) == sources
