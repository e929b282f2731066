"""How a decision that waits for a person, or waited for one, is shown."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from qpf_plugins.local_run.agent_log import visible

MINUTE, HOUR, DAY = 60, 3600, 86_400
LABEL = 11
"""Columns of a field's name."""


def as_list(environment: str, found: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """Spell several: a line each, its reasons under it, and how to answer if one waits."""
    lines: list[str] = []
    for held in found:
        what = f"{held['agent']}  {held['kind']}  {held['severity']}"
        lines.append(visible(f"{held['id']}  {what}  {_state(held, now)}"))
        lines += [visible(f"    {reason}") for reason in held["decision"]["reasons"]]
    waiting = sum(held["state"] == "pending" for held in found)
    if waiting:
        wait = "1 decision waits" if waiting == 1 else f"{waiting} decisions wait"
        lines.append(f"{wait}; answer: qpf approvals approve|reject ID --env {environment}")
    return "\n".join(lines)


def as_text(held: Mapping[str, Any], now: datetime) -> str:
    """Spell one with all that is known about it."""
    return "\n".join(map(visible, _lines(held, now)))


def _lines(held: Mapping[str, Any], now: datetime) -> Iterator[str]:
    fields = {
        "id": held["id"],
        "agent": held["agent"],
        "state": _state(held, now),
        "severity": held["severity"],
        "round": held["round"],
        "channel": held["channel"],
        "asked": moment(held["created_at"]),
    }
    if held["outcome"] not in {None, held["state"]}:
        fields["outcome"] = held["outcome"]
    if held["note"]:
        fields["note"] = held["note"]
    for name, value in fields.items():
        yield f"{name:<{LABEL}} {value}"
    yield "why"
    yield from (f"  - {reason}" for reason in held["decision"]["reasons"])
    for name, label in (("envelope", "packet"), ("facts", "facts")):
        yield label
        for line in to_json(held[name], indent=2).decode().splitlines():
            yield f"  {line}"


def _state(held: Mapping[str, Any], now: datetime) -> str:
    if held["state"] == "pending":
        left = (datetime.fromisoformat(held["expires_at"]) - now).total_seconds()
        until = f"waits until {moment(held['expires_at'])}"
        return f"{until} ({_span(left)} left)" if left > 0 else f"{until}: its time has passed"
    if held["answered_by"] is None:
        return str(held["state"])
    return f"{held['state']} by {held['answered_by']} at {moment(held['answered_at'])}"


def moment(at: str) -> str:
    """Spell a time as the clocks here show it, to the second."""
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}"


def _span(seconds: float) -> str:
    for unit, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds // unit:.0f} {name}"
    return f"{seconds:.0f} s"
