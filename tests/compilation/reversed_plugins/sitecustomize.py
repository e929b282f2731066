"""Lets a process find plugins the other way round; imported at its start, if this folder is on its path."""

from importlib import metadata

_found = metadata.entry_points


def _reversed(*, group: str) -> metadata.EntryPoints:
    return metadata.EntryPoints(reversed(_found(group=group)))


metadata.entry_points = _reversed  # type: ignore[assignment]  # as qpf calls it
