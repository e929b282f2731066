"""The codes that constraints give out, each where its constraint stands."""

from collections.abc import Iterator, Mapping

from qpf.api import FleetCode, UntoldError
from qpf_plugins.cue_constraints.codes import BAD_ATTRIBUTE
from qpf_plugins.cue_constraints.engine import MissingError, faults, rules
from qpf_plugins.cue_constraints.place import span_of
from qpf_plugins.cue_constraints.rule import read_rule


def fleet_codes(texts: Mapping[str, str]) -> Iterator[FleetCode]:
    """Every code in `@qpf(code=…)`.

    Raises:
        UntoldError: If there is no engine, or it cannot read all constraints.
    """
    try:
        found, broken = rules(texts), faults(texts)
    except MissingError as error:
        raise UntoldError from error
    for each in found:
        rule = read_rule(each.says, each.at.file)
        if rule.code is not rule.instead:
            yield FleetCode(rule.code, span_of(each.about), rule.layer, BAD_ATTRIBUTE)
    if broken:
        raise UntoldError
