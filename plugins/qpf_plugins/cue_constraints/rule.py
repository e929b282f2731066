"""What a constraint says of itself: `@qpf(code=…, name=…, layer=…, severity=…, message=…, hint=…)`."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from qpf.api import Code, Severity, did_you_mean, format_layer
from qpf_plugins.cue_constraints.codes import VIOLATED

DEFAULT_LAYER = 3
ARGUMENTS = ("code", "name", "layer", "severity", "message", "hint")
SEVERITIES = {each.name.lower(): each for each in Severity}

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")


class Rule(Struct, frozen=True):
    """One constraint's word on itself.

    Attributes:
        code: What it reports, as far as the fleet may give out this code.
        instead: What it reports otherwise.
        layer: Of which layer it is.
        message: What is wrong where it is violated; empty if it leaves that to the engine.
        hint: The remedy.
    """

    code: Code
    instead: Code
    layer: int
    message: str
    hint: str


def read_rule(says: Mapping[str, str], file: str) -> Rule:
    """Read an attribute; what cannot be counts as if it were not said.

    Args:
        says: Its arguments.
        file: The file it stands in, whose name the code has if it is given none.
    """
    layer = _layer(says) or DEFAULT_LAYER
    violated = VIOLATED[layer]
    code = violated
    if "code" in says:
        code = Code(
            says["code"],
            says["name"] if _NAME.match(says.get("name", "")) else _kebab(file),
            SEVERITIES.get(says.get("severity", ""), violated.severity),
            says.get("message") or violated.summary,
        )
    return Rule(code, violated, layer, says.get("message", ""), says.get("hint", ""))


def faults(says: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What cannot be in an attribute but for its code: each in words, with the remedy."""
    for key in says:
        if key not in ARGUMENTS:
            remedy = did_you_mean(key, ARGUMENTS) or f"it may have {', '.join(ARGUMENTS)}"
            yield f"`@qpf` has no argument `{key}`", remedy
    code, name, severity = (says.get(key) for key in ("code", "name", "severity"))
    if name is not None and not _NAME.match(name):
        yield f"name `{name}` is none", "name the defect in kebab-case: `open-private-api`"
    if "layer" in says and _layer(says) is None:
        yield (
            f"layer `{says['layer']}` is none",
            "constraints are of the layers " + ", ".join(map(format_layer, VIOLATED)),
        )
    if severity is not None and severity not in SEVERITIES:
        yield f"severity `{severity}` is none", "it is error, warning or note"
    if code is None and (name is not None or severity is not None):
        yield "a name or a severity belongs to a code, and there is none", "give it a code: `L9-101`"


def _layer(says: Mapping[str, str]) -> int | None:
    word = says.get("layer", "")
    return int(word) if word.isascii() and word.isdigit() and int(word) in VIOLATED else None


def _kebab(file: str) -> str:
    stem = file.rpartition("/")[2].removesuffix(".cue").lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "constraint"
