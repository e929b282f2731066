"""What a compile would do, as rows and sentences for people and as data for scripts."""

from collections.abc import Iterable, Iterator
from typing import Any

from qpf.model.event import Origin
from qpf.model.forecast import Cause, Forecast, Step
from qpf.render.excerpt import visible
from qpf.render.progress_lines import duration

WORDS: dict[Origin, str] = {
    "kept": "kept",
    "local": "from the cache",
    "remote": "from a shared cache",
    "built": "made anew",
}
"""What becomes of an agent's files."""

HEADS = ("environment", "agent", "after", "files", "takes", "interface", "key")

_DIGITS = 6
"""Digits of a digest that are enough to compare by eye."""

_PARTS = 3
"""Digests in a key: of schema, extractor and glue."""

_LEAST = 0.1
"""Below so many seconds, milliseconds are told."""


def row(environment: str, step: Step) -> tuple[str, ...]:
    """An extraction under `HEADS`."""
    extraction = step.extraction
    return (
        environment,
        extraction.agent,
        ", ".join(extraction.dependencies) or "-",
        WORDS[step.origin],
        "-" if step.seconds is None else _time(step.seconds),
        extraction.interface.removeprefix("sha256:")[: 2 * _DIGITS],
        ":".join(part[:_DIGITS] for part in extraction.key.split(":")[-_PARTS:]),
    )


def render_summary(forecast: Forecast) -> str:
    """What becomes of how many, how long it takes, and which of them hold it up."""
    origins = [step.origin for step in forecast.steps]
    counts = [f"{origins.count(origin)} {word}" for origin, word in WORDS.items() if origin in origins]
    lines = [f"{forecast.environment}: {', '.join(counts) or 'no agent'}{_about(forecast.seconds)}"]
    if len(forecast.critical) > 1:
        chain = " → ".join(forecast.critical)
        lines.append(f"{forecast.environment}: critical path {chain}{_about(forecast.critical_seconds)}")
    return "".join(f"{visible(line)}\n" for line in lines)


def render_why(environment: str, steps: Iterable[Step]) -> str:
    """Why files are not kept, agent by agent."""
    lines: list[str] = []
    for step in steps:
        if step.causes:
            lines.append(f"{environment}, {step.extraction.agent}: {WORDS[step.origin]}, because")
            lines += [f"  {_sentence(cause)}" for cause in step.causes]
    return "".join(f"{visible(line)}\n" for line in lines)


def forecast_data(forecast: Forecast, steps: Iterable[Step], *, why: bool) -> dict[str, Any]:
    """An environment for `-o json`, with some of its extractions."""
    return {
        "name": forecast.environment,
        "extractions": [_step_data(step, why=why) for step in steps],
        "critical_path": {"agents": list(forecast.critical), "seconds": _rounded(forecast.critical_seconds)},
        "seconds": _rounded(forecast.seconds),
    }


def _step_data(step: Step, *, why: bool) -> dict[str, Any]:
    extraction = step.extraction
    data = {
        "agent": extraction.agent,
        "dependencies": list(extraction.dependencies),
        "origin": step.origin,
        "seconds": _rounded(step.seconds),
        "interface": extraction.interface,
        "key": extraction.key,
    }
    return {**data, "why": [_cause_data(cause) for cause in step.causes]} if why else data


def _cause_data(cause: Cause) -> dict[str, Any]:
    return {
        "reason": cause.reason,
        "input": cause.input or None,
        "before": cause.before or None,
        "after": cause.after or None,
        "places": [place._asdict() for place in cause.places],
    }


def _sentence(cause: Cause) -> str:
    """As `base/plain.yaml changed: base/plain.yaml:9`."""
    if not cause.input:
        return _with(cause.reason, map(str, cause.places))
    said = f"is {cause.reason}" if cause.reason != "changed" else cause.reason
    return _with(f"{cause.input} {said}", [*_versions(cause), *map(str, cause.places)])


def _versions(cause: Cause) -> Iterator[str]:
    """From which version to which, of what has one; what has none is known by its digest only."""
    before, after = (text.partition("sha256:")[0].strip() for text in (cause.before, cause.after))
    if before and after and before != after:
        yield f"{before} → {after}"
    elif before and before == after:
        yield f"{before}, of other code"
    elif before or after:
        yield before or after


def _with(text: str, details: Iterable[str]) -> str:
    detail = ", ".join(details)
    return f"{text}: {detail}" if detail else text


def _about(seconds: float | None) -> str:
    return f", about {_time(seconds)}" if seconds else ""


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _time(seconds: float) -> str:
    return duration(seconds) if seconds >= _LEAST else f"{1000 * seconds:.0f} ms"
