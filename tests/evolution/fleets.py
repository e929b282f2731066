"""The smallest fleet, its agent grown old, and the steps that lead to today."""

from pathlib import Path

from tests.compilation.memory import Tree, compile_fleet, emitted, line

FLEETS = Path(__file__).parent.parent / "fleets"
STEP = "migrations/step.yaml"
AGENT = "agents/keeper.yaml"
BASE = "base/service.yaml"
SUB = "sub/memory.yaml"
ENVIRONMENT = "environments/dev/environment.yaml"


def replace(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, (path, old)
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def declare(root: Path, *operations: str, source: str = "5.9.0", more: str = "") -> None:
    (root / "migrations").mkdir(exist_ok=True)
    listed = "".join(f"  - {operation}\n" for operation in operations)
    text = f"from: {source}\nto: 6.0.0\n{more}" + (f"operations:\n{listed}" if listed else "")
    (root / STEP).write_text(text, encoding="utf-8")


RENAME = "field_rename: memorytopology.working -> memorytopology.workingmemory"
MOVE = "field_move: metadata.image -> deployment.image"


def grow_old(root: Path) -> None:
    """Let the agent speak 5.9.0."""
    declare(root, RENAME, MOVE)
    replace(
        root / AGENT,
        ("schema_version: 6.0.0", "schema_version: 5.9.0"),
        ("  workingmemory:", "  # its keys\n  working:"),
        ("metadata: {", 'metadata: {image: "registry.example/tiny/keeper:0.1.0", '),
        ('deployment: {image: "registry.example/tiny/keeper:0.1.0"}\n', ""),
    )


def without_locks(tree: Tree) -> Tree:
    """What is emitted, but for the digests of the sources."""
    return {path: each for path, each in tree.items() if not path.endswith("qpf.lock")}


def compiled(root: Path, *arguments: str) -> Tree:
    found = compile_fleet(root, *arguments)
    assert found.status == 0, found.document
    assert emitted(root) == line(root).tree
    return without_locks(emitted(root))
