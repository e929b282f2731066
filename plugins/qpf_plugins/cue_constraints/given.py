"""The codes that constraints give out, each where its constraint stands."""

from collections.abc import Iterator, Mapping

from qpf.api import FleetCode
from qpf_plugins.cue_constraints.engine import rules
from qpf_plugins.cue_constraints.place import span_of
from qpf_plugins.cue_constraints.rule import read_rule


def fleet_codes(texts: Mapping[str, str]) -> Iterator[FleetCode]:
    """Every code in `@qpf(code=…)`.

    Raises:
        MissingError: If there is no engine.
    """
    for each in rules(texts):
        rule = read_rule(each.says, each.at.file)
        if rule.code.id == each.says.get("code"):
            yield FleetCode(rule.code, span_of(each.about), rule.layer)
