"""Templates and constraints that speak of fields, and the steps that rename these."""

from qpf.evolution.references.follow import Followed, follow
from qpf.evolution.references.renames import Renames
from qpf.model.fleet import Source
from qpf.model.migration import FieldMove, FieldRename, Migration, Operation
from tests.evolution.documents import step

RENAME = FieldRename("re.model", "re.main")
MOVE = FieldMove("meta.image", "deploy.image")
DEEPER = FieldMove("re.limit", "re.tuning.limit")
HIGHER = FieldMove("re.old.speed", "re.speed")
EACH = FieldRename("stores.*.kind", "stores.*.type")
DASHED = FieldRename("re.mode", "re.mode-of-work")
SECTION = FieldRename("keep", "archive")
STEPS = (step(RENAME, MOVE, DEEPER, HIGHER, EACH, DASHED, SECTION),)


def followed(
    text: str | bytes, path: str = "templates/x/t.jinja", steps: tuple[Migration, ...] = STEPS
) -> Followed:
    content = text.encode() if isinstance(text, str) else text
    found = [*follow(Renames(steps), [Source(path, content, "")])]
    return found[0] if found else Followed(path, content, content)


def constraint(text: str, *operations: Operation) -> Followed:
    steps = (step(*operations),) if operations else STEPS
    return followed(text, "base/constraints/c.cue", steps)
