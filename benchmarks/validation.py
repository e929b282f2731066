"""What validating costs: in a hook, in an editor; with constraints in CUE, beside their own command line.

    benchmarks/validation.py                 1,000 agents against 30 constraints
    benchmarks/validation.py --agents 100    a smaller fleet

The constraints are those of this repository and as many simple ones as make 30; the documents are the agents
of a synthetic fleet, composed. Before anything is timed both programs must judge a sample alike.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import fleet
from benchmarks.engine.editor import editing
from benchmarks.engine.precommit import around_a_hub, pre_commit
from benchmarks.measure import ROOT, Row, interleave, parser, show
from benchmarks.peers.cue import install_cue, vet
from benchmarks.peers.install import MissingPeerError
from cuelang import Constraints, Limits
from qpf import pipeline
from qpf.io.worktree import WorkTree
from qpf.model.digest import canonical
from qpf_plugins.cue_constraints.place import document_of

AGENTS = 1000
CONSTRAINTS = 30
SAMPLE = 50
"""So many documents the command line is given one at a time; the rest would take as long each."""
HANGS = "a0: [0,0,0,0,0,0,0,0,0,0]\n" + "\n".join(
    f"a{index + 1}: [for x in a{index} for y in a{index} {{x}}]" for index in range(8)
)
LIMIT = 2.0


def constraints() -> dict[str, str]:
    """Thirty of them, by file."""
    texts = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "base/constraints").glob("*.cue"))}
    with Constraints(texts) as known:
        more = CONSTRAINTS - len(known.rules)
    for number in range(more):
        said = f'code="BENCH-{number}", layer=6, message="a port in use"'
        texts[f"port_{number:02}.cue"] = f"deployment: port: !={9000 + number} @qpf({said})\n"
    return texts


def documents(agents: int, folder: Path) -> dict[str, bytes]:
    """The agents of a fleet that keep to all constraints."""
    workspace = pipeline.load(WorkTree(fleet.make(agents, folder))).value
    assert workspace is not None
    environment = pipeline.check(workspace, "dev").value
    made = {}
    for name, agent in environment.agents.items():
        document, _ = document_of(agent, environment)
        owner = f"{document['system']['owner'].removesuffix('-team')}-team"
        document["system"]["owner"] = document["metadata"]["owner"] = owner
        document["governance"]["anchors"] = ["board"]
        made[name] = canonical(document)
    return made


def spoilt(texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same agents, every one of which breaks one constraint."""
    return {name: text.replace(b'-team"', b'-crew"') for name, text in texts.items()}


class Sides:
    """The same constraints and documents for both programs."""

    def __init__(self, folder: Path, agents: int) -> None:
        self.folder = folder
        self.texts = constraints()
        self.sound = documents(agents, folder / "fleet")
        self.bad = spoilt(self.sound)
        for name, text in self.texts.items():
            (folder / name).write_text(text, "utf-8")
        for kind, made in (("sound", self.sound), ("bad", self.bad)):
            (folder / kind).mkdir()
            for name, document in made.items():
                (folder / kind / f"{name}.json").write_bytes(document)
        self.files = [folder / name for name in self.texts]

    def at(self, kind: str) -> list[Path]:
        """Files of documents."""
        return sorted((self.folder / kind).glob("*.json"))

    def ours(self, documents: Mapping[str, bytes]) -> float:
        """Seconds for all documents, the start of the helper included."""
        started = time.perf_counter()
        with Constraints(self.texts) as known:
            for _ in known.verdicts(documents):
                pass
        return time.perf_counter() - started

    def first(self) -> float:
        """Seconds until something is known."""
        started = time.perf_counter()
        with Constraints(self.texts) as known:
            next(known.verdicts(self.sound))
        return time.perf_counter() - started

    def theirs_each(self, cue: Path) -> float:
        """Seconds for all documents, one at a time, as a sample tells."""
        sample = self.at("sound")[:SAMPLE]
        started = time.perf_counter()
        for document in sample:
            vet(cue, self.folder, self.files, [document])
        return (time.perf_counter() - started) * len(self.sound) / len(sample)

    def theirs_at_once(self, cue: Path) -> float:
        """Seconds for all documents, given to one process."""
        started = time.perf_counter()
        assert vet(cue, self.folder, self.files, self.at("sound"))
        return time.perf_counter() - started

    def must_agree(self, cue: Path) -> None:
        """Judge a sample by both.

        Raises:
            ValueError: If they do not agree.
        """
        for kind, made in (("sound", self.sound), ("bad", self.bad)):
            sample = dict(list(made.items())[:5])
            with Constraints(self.texts) as known:
                ours = [not verdict.findings for verdict in known.verdicts(sample)]
            theirs = [
                vet(cue, self.folder, self.files, [self.folder / kind / f"{name}.json"]) for name in sample
            ]
            if ours != theirs or ours != [kind == "sound"] * len(sample):
                message = f"the two judge {kind} documents differently: {ours}, {theirs}"
                raise ValueError(message)


def rows(sides: Sides, runs: int) -> list[Row]:
    """Everything, in turns."""
    contenders: dict[str, Callable[[], float]] = {
        "ours": partial(sides.ours, sides.sound),
        "bad": partial(sides.ours, sides.bad),
        "first": sides.first,
        "hang": hang,
    }
    missing = ""
    try:
        cue = install_cue()
        sides.must_agree(cue)
        contenders |= {"each": partial(sides.theirs_each, cue), "once": partial(sides.theirs_at_once, cue)}
    except MissingPeerError as error:
        missing = f": {error}"
    figures = interleave(contenders, runs)
    what = f"{len(sides.sound):,} agents, {CONSTRAINTS} constraints"
    each = f"cue vet once a document ({SAMPLE} of them, scaled){missing}"
    return [
        _row(what, figures["ours"], each, figures.get("each"), "ratio <= 0.25"),
        _row(
            f"{what}, the same set",
            figures["ours"],
            f"cue vet at once{missing}",
            figures.get("once"),
            "ratio <= 1",
        ),
        _row(f"{what}, each breaks one", figures["bad"], "none breaks any", figures["ours"], ""),
        _row("the first result", figures["first"], "all results", figures["ours"], "ratio <= 0.1"),
        _row("constraints that hang", figures["hang"], "their limit", LIMIT, "ratio <= 1.25"),
    ]


def hang() -> float:
    """Seconds until constraints that hang the engine are a finding."""
    started = time.perf_counter()
    with Constraints({"hang.cue": HANGS}, Limits(document_seconds=LIMIT)) as known:
        assert [each.kind for each in known.findings] == ["unfinished"]
    return time.perf_counter() - started


def _row(case: str, value: float, reference: str, reference_value: float | None, target: str) -> Row:
    return Row(
        case=case,
        value=round(value, 4),
        unit="s",
        reference=reference,
        reference_value=None if reference_value is None else round(reference_value, 4),
        target=target,
    )


def main() -> int:
    """Measure and print."""
    options = parser("Time holding agents to constraints in CUE.")
    options.add_argument("--agents", type=int, default=AGENTS, help="how many agents the fleet has")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="qpf-bench-") as folder:
        place = Path(folder)
        hooks = [case(place, chosen.agents, chosen.runs) for case in (pre_commit, around_a_hub)]
        edits = editing(place, chosen.agents, chosen.runs)
        return show([*hooks, *edits, *rows(Sides(place, chosen.agents), chosen.runs)], chosen.output)


if __name__ == "__main__":
    sys.exit(main())
