"""Events of a compile for programs: one JSON object an event, each on a line of its own."""

import json
import re
from collections.abc import Mapping

from msgspec.structs import asdict, replace

from qpf.model.event import Event, ExtractionFinished
from qpf.render.mask import mask

VERSION = 1
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def render_event(event: Event) -> str:
    """One event on one line; pure ASCII, so that no encoding of a log can spoil it."""
    shown = masked(event)
    document = {
        "version": VERSION,
        "event": _WORD.sub("_", type(event).__name__).lower(),
        **asdict(shown),
    }
    return json.dumps(document, default=_plain)  # noqa: TID251 -- in the order in which a person reads it


def render_stopped(at: float) -> str:
    """What stands in the place of the end of a run that did not come to it."""
    return json.dumps({"version": VERSION, "event": "run_stopped", "at": at})  # noqa: TID251 -- as above


def masked(event: Event) -> Event:
    """The event with every secret in its text replaced, for whoever shows it or passes it on."""
    if isinstance(event, ExtractionFinished) and event.error:
        return replace(event, error=mask(event.error))
    return event


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    message = f"not part of an event: {type(value).__name__}"
    raise TypeError(message)
