"""Write and read `qpf.lock`: JSON with one line an entry, so that diffs and merges are readable.

Reading is strict, because the lock decides which files qpf may overwrite and remove: whatever this
module did not write is a finding, never a guess. Knows nothing of how a lock comes about.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from qpf.io import codes
from qpf.model.diagnostic import Code, Diagnostic, Outcome, Report
from qpf.model.digest import digest
from qpf.model.lock import ArtifactEntry, EngineEntry, Lock, MigratedEntry, PluginPin, SourceEntry
from qpf.model.output import Output
from qpf.model.span import Span
from qpf.model.version import is_version

LOCK_NAME = "qpf.lock"
FORMAT = 1

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_CONFLICT = re.compile(rb"^(?:<<<<<<<|>>>>>>>|=======)(?: .*)?\r?$", re.MULTILINE)
_TOP = {
    "format": int,
    "environment": str,
    "compiler": str,
    "plugins": dict,
    "sources": dict,
    "artifacts": dict,
}
_MIGRATED = "migrated"
"""A block that is there only if a source was migrated on the way."""
_ENGINES = "engines"
"""A block that is there only if something decided beside the code of plugins."""
_PLUGIN = {"version": str, "digest": str}
_ARTIFACT = {"digest": str, "emitter": str, "subject": str}

_text = json.encoder.encode_basestring
"""A string as JSON, whatever is no ASCII left as it is."""


class _DamageError(Exception):
    """What is wrong with a lock; ends the sentence "this lock ‥"."""

    def __init__(self, message: str, code: Code = codes.DAMAGED_LOCK) -> None:
        super().__init__(message)
        self.code = code


def write_lock(lock: Lock) -> bytes:
    """The one spelling of a lock: entries sorted by name or path, UTF-8, ending in a newline.

    Raises:
        ValueError: If two entries have the same name or path.
    """
    plugins = {
        name: f'{{"version": {_text(version)}, "digest": {_text(code)}}}'
        for name, version, code in lock.plugins
    }
    sources = {path: _text(content) for path, content in lock.sources}
    artifacts = {
        path: f'{{"digest": {_text(content)}, "emitter": {_text(emitter)}, "subject": {_text(subject)}}}'
        for path, content, emitter, subject in lock.artifacts
    }
    if (len(plugins), len(sources), len(artifacts)) != (
        len(lock.plugins),
        len(lock.sources),
        len(lock.artifacts),
    ):
        message = "a lock names each plugin, source and artifact once"
        raise ValueError(message)
    blocks = [f'  "{name}": {_block(block)}' for name, block in _blocks(plugins, sources, artifacts)]
    if lock.migrated:
        blocks.append(f'  "{_MIGRATED}": {_block({path: _text(each) for path, each in lock.migrated})}')
    if lock.engines:
        blocks.append(f'  "{_ENGINES}": {_block({name: _text(each) for name, each in lock.engines})}')
    head = [
        f'  "format": {FORMAT}',
        f'  "environment": {_text(lock.environment)}',
        f'  "compiler": {_text(lock.compiler)}',
    ]
    return ("{\n" + ",\n".join(head + blocks) + "\n}\n").encode()


def read_lock(source: str, content: bytes) -> Outcome[Lock | None]:
    """Read what `write_lock` wrote.

    Args:
        source: What the findings call it: its path in the fleet.
        content: Its bytes.

    Returns:
        The lock; None, with a finding, if it is damaged or of a later format.
    """
    try:
        return Outcome(_lock(_load(content)))
    except json.JSONDecodeError as error:
        span = Span(source, error.lineno, error.colno, error.lineno, error.colno)
        return _refused(source, _DamageError(f"is not JSON: {error.msg}"), span)
    except _DamageError as error:
        return _refused(source, error)


def lock_output(content: bytes) -> Output:
    """A lock as a file of its environment."""
    return Output(LOCK_NAME, digest(content), len(content), executable=False, emitter="", subject="")


def previous_lock(folder: Path, shown: str) -> Outcome[tuple[Lock | None, str]]:
    """The lock in a folder that is about to be written, and its digest; a damaged one is a warning only."""
    try:
        content = (folder / LOCK_NAME).read_bytes()
    except OSError:
        return Outcome((None, ""))
    read = read_lock(f"{shown}/{LOCK_NAME}", content)
    return Outcome((read.value, digest(content)), read.report)


def salvage(content: bytes) -> tuple[ArtifactEntry, ...]:
    """The artifacts that a damaged lock still names, for instance both sides of a merge conflict.

    Without them every emitted file would be a stranger's after a conflict, and nobody could compile
    until it is resolved by hand; with them a compile just writes everything anew.
    """
    found: dict[str, ArtifactEntry] = {}
    for line in content.decode(errors="replace").splitlines():
        try:
            data = json.loads("{" + line.strip().removesuffix(",") + "}", object_pairs_hook=_object)
            entries = _artifacts(data)
        except (ValueError, RecursionError, _DamageError):
            continue
        for entry in entries:
            found.setdefault(entry.path, entry)
    return tuple(sorted(found.values()))


def is_inner_path(path: str) -> bool:
    """Whether a path stays inside the folder it is relative to, written in the one plain way."""
    return path.isprintable() and "\\" not in path and not {"", ".", ".."}.intersection(path.split("/"))


def _blocks(*blocks: Mapping[str, str]) -> Iterable[tuple[str, Mapping[str, str]]]:
    return zip(("plugins", "sources", "artifacts"), blocks, strict=True)


def _block(entries: Mapping[str, str]) -> str:
    if not entries:
        return "{}"
    return "{\n" + ",\n".join(f"    {_text(key)}: {entries[key]}" for key in sorted(entries)) + "\n  }"


def _load(content: bytes) -> dict[str, Any]:
    if _CONFLICT.search(content):
        message = "holds the marks of an unfinished git merge"
        raise _DamageError(message)
    try:
        data = json.loads(content.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        message = "is not UTF-8 text"
        raise _DamageError(message) from error
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        message = "holds text, numbers or nesting that qpf never writes"
        raise _DamageError(message) from error
    if type(data) is not dict or type(data.get("format")) is not int:
        message = "does not say its format"
        raise _DamageError(message)
    if data["format"] != FORMAT:
        message = f"has format {data['format']}; this version of qpf knows format {FORMAT}"
        raise _DamageError(message, codes.NEWER_LOCK)
    return data


def _lock(data: dict[str, Any]) -> Lock:
    extra = {name: data.pop(name, {}) for name in (_MIGRATED, _ENGINES)}
    _check(data, _TOP, "the lock")
    for name, block in extra.items():
        if type(block) is not dict:
            message = f"has no entry in `{name}`"
            raise _DamageError(message)
    return Lock(
        environment=data["environment"],
        compiler=data["compiler"],
        plugins=tuple(sorted(_plugins(data["plugins"]))),
        sources=tuple(sorted(_sources(data["sources"]))),
        artifacts=tuple(sorted(_artifacts(data["artifacts"]))),
        migrated=tuple(sorted(_migrated(extra[_MIGRATED]))),
        engines=tuple(sorted(_engines(extra[_ENGINES]))),
    )


def _plugins(data: dict[str, Any]) -> Iterable[PluginPin]:
    for name, entry in data.items():
        _check(entry, _PLUGIN, f"`{name}`")
        yield PluginPin(name, entry["version"], _digest(name, entry["digest"]))


def _sources(data: dict[str, Any]) -> Iterable[SourceEntry]:
    for path, value in data.items():
        yield SourceEntry(_inner(path), _digest(path, value))


def _migrated(data: dict[str, Any]) -> Iterable[MigratedEntry]:
    for path, version in data.items():
        if not is_version(version):
            message = f"has no schema version for `{path}`"
            raise _DamageError(message)
        yield MigratedEntry(_inner(path), version)


def _engines(data: dict[str, Any]) -> Iterable[EngineEntry]:
    for name, version in data.items():
        if type(version) is not str:
            message = f"has no version for `{name}`"
            raise _DamageError(message)
        yield EngineEntry(name, version)


def _artifacts(data: dict[str, Any]) -> list[ArtifactEntry]:
    entries = []
    for path, entry in data.items():
        _check(entry, _ARTIFACT, f"`{path}`")
        entries.append(
            ArtifactEntry(_inner(path), _digest(path, entry["digest"]), entry["emitter"], entry["subject"])
        )
    return entries


def _inner(path: str) -> str:
    # A lock that names `../x` would have us remove what is not ours.
    if not is_inner_path(path):
        message = f"names `{path}`, which is no path inside its folder"
        raise _DamageError(message)
    return path


def _digest(name: str, value: object) -> str:
    if type(value) is not str or not _DIGEST.match(value):
        message = f"has no digest for `{name}`"
        raise _DamageError(message)
    return value


def _check(data: object, shape: Mapping[str, type], what: str) -> None:
    if type(data) is not dict or data.keys() != shape.keys():
        message = f"lacks or has unknown keys in {what}" if type(data) is dict else f"has no entry in {what}"
        raise _DamageError(message)
    for key, kind in shape.items():
        if type(data[key]) is not kind:
            message = f"has the wrong type of `{key}` in {what}"
            raise _DamageError(message)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        message = "has the same key twice"
        raise _DamageError(message)
    for key, value in pairs:
        for text in (key, value):
            # Half a surrogate pair, written as an escape, is no text; encoding it raises a ValueError.
            if type(text) is str and not text.isascii():
                text.encode()
    return data


def _constant(name: str) -> float:
    message = f"holds {name}, which is not JSON"
    raise _DamageError(message)


def _refused(source: str, error: _DamageError, span: Span | None = None) -> Outcome[Lock | None]:
    newer = error.code is codes.NEWER_LOCK
    hint = (
        "use the version of qpf that wrote it, or a later one"
        if newer
        else "run `qpf compile`, which writes it anew"
    )
    found = Diagnostic(error.code, f"this lock {error}", span or Span(source, 1, 1, 1, 1), hint=hint)
    return Outcome(None, Report.of([found]))
