"""What a fleet wants done with findings, gathered from `qpf.yaml` and from comments in all its files."""

from collections.abc import Callable, Iterable, Mapping

from qpf.host.catalogue import catalogue
from qpf.host.given import Given
from qpf.host.registry import Registry
from qpf.model.diagnostic import Code, Outcome, Report, Severity, Suppression
from qpf.model.fleet import Document, Source
from qpf.model.policy import Policy
from qpf.stages.validation import Validation, severities
from qpf.stages.verdict import expired, unused, verdict
from qpf.syntax.suppressions import is_marked, suppressions


def policy_of(
    registry: Registry,
    sources: Iterable[Source],
    fleet: Document | None,
    settings: Validation,
    today: str,
    given: Callable[[], Given],
) -> Outcome[Policy]:
    """The fleet's policy, with what is wrong with it.

    Args:
        registry: The plugins, who own codes.
        sources: All files, for their comments.
        fleet: `qpf.yaml`.
        settings: What it says about validation.
        today: The date, for what expires; empty if nothing does.
        given: Finds the codes that the fleet gives out itself.
    """
    marked = [source for source in sources if is_marked(source.content)]
    if not marked and not settings.severity:
        return Outcome(Policy(today=today))
    fleets = given()
    known = _by_word((*(each.code for each in fleets.codes), *catalogue(registry).values()))
    levels: Mapping[str, Severity | None] = {}
    reports: list[Report] = []
    if fleet is not None and settings.severity:
        outcome = severities(fleet, settings, known, fleets.may_be)
        levels = outcome.value
        reports.append(outcome.report)
    found: list[Suppression] = []
    for source in marked:
        read = suppressions(source.path, source.content, known, fleets.may_be)
        found += read.value
        reports.append(read.report)
    policy = Policy(levels, tuple(found), today)
    return Outcome(policy, verdict(Report.join((*reports, expired(policy))), policy))


def idle(registry: Registry, policy: Policy, report: Report, *, emitted: bool = False) -> Report:
    """Say which comments accept what is not found, where everything was looked at and nothing failed.

    Args:
        registry: The plugins, who own codes.
        policy: The fleet's.
        report: All that was found in the fleet.
        emitted: Whether emitters told theirs too.
    """
    if report.failed or not policy.suppressions:
        return Report()
    passes, emitters, gates = (
        {code.id for entry in entries for code in entry.value.codes}
        for entries in (registry.passes, registry.emitters, registry.gates)
    )
    untold = gates if emitted else gates | emitters
    known = catalogue(registry).keys()
    fleets = {code for each in policy.suppressions for code in each.codes if code not in known}
    return unused(report, policy, (known - untold) | passes | fleets)


def _by_word(codes: Iterable[Code]) -> dict[str, Code]:
    """Codes by id and by name; an id is nobody else's name."""
    listed = tuple(codes)
    return {**{code.name: code for code in listed}, **{code.id: code for code in listed}}
