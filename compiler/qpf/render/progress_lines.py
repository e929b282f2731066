"""Where a compile stands, as one line of plain text."""

from qpf.model.event import Origin
from qpf.render.progress_tally import ORIGINS, Tally

WORDS: dict[Origin, str] = {"kept": "kept", "local": "local", "remote": "shared", "built": "built"}
"""Where an agent's files come from, in a word: the two in the middle are caches."""

MINUTE = 60
HOUR = 3600


def render_line(tally: Tally) -> str:
    """While it goes on: `12 s: extract, 412 of 1000 agents (380 kept, 32 built), about 8.0 s left`."""
    left = [] if tally.left is None else [f"about {duration(tally.left)} left"]
    return ", ".join([f"{duration(tally.at)}: {tally.stage}", *_agents(tally), *left])


def render_summary(tally: Tally) -> str:
    """When it is over: `compiled in 3.2 s, 1000 agents (988 kept, 12 built)`."""
    if tally.finished is None:
        verdict = f"stopped after {duration(tally.at)}"
    elif tally.finished.succeeded:
        verdict = f"compiled in {duration(tally.finished.seconds)}"
    else:
        verdict = f"failed after {duration(tally.finished.seconds)}"
    return ", ".join([verdict, *_agents(tally)])


def counts(tally: Tally) -> list[str]:
    """How many came from where, and how many failed; what there is none of is left out."""
    found = [f"{tally.origins[origin]} {WORDS[origin]}" for origin in ORIGINS if tally.origins[origin]]
    return [*found, f"{tally.failed} failed"] if tally.failed else found


def duration(seconds: float) -> str:
    """A time as people say it: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`."""
    if seconds < 10:  # noqa: PLR2004 -- below, a tenth of a second is worth showing
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def _agents(tally: Tally) -> list[str]:
    """How far it is; nothing while it is not known how many there are."""
    done, total = tally.part
    if not total:
        return []
    number = f"{total}" if done == total else f"{done} of {total}"
    text = f"{number} agent{'' if total == 1 else 's'}"
    if tally.checking:
        return [f"{text} checked"]
    found = counts(tally)
    return [f"{text} ({', '.join(found)})" if found else text]
