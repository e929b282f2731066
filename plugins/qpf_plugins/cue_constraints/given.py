"""The codes that constraints give out, each where its constraint stands."""

from collections.abc import Iterator, Mapping

from qpf.api import FleetCode
from qpf_plugins.cue_constraints.codes import BAD_ATTRIBUTE
from qpf_plugins.cue_constraints.engine import MissingError, rules
from qpf_plugins.cue_constraints.place import span_of
from qpf_plugins.cue_constraints.rule import read_rule


def fleet_codes(texts: Mapping[str, str]) -> Iterator[FleetCode]:
    """Every code in `@qpf(code=…)`; none if there is no engine, which is said once, of the fleet."""
    try:
        found = rules(texts)
    except MissingError:
        return
    for each in found:
        rule = read_rule(each.says, each.at.file)
        if rule.code is not rule.instead:
            yield FleetCode(rule.code, span_of(each.about), rule.layer, BAD_ATTRIBUTE)
