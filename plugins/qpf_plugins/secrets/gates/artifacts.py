"""Gate `secrets`: no emitted file of any emitter holds a secret in plain text.

Sources are looked through before; what is found here came by another way: from a template's expression, a
plugin, a default.
"""

from collections.abc import Iterator

from qpf.api import EVERY_EMITTER, Artifact, Gate, Measurement, Text
from qpf_plugins.secrets.judging import secrets_in

NAME = "secrets"


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """One row an agent: how many of its files are free of secrets, and where the others hold one."""
    by_subject: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        by_subject.setdefault(artifact.subject, []).append(artifact)
    known: dict[tuple[str, bytes], tuple[str, ...]] = {}
    for subject, files in sorted(by_subject.items()):
        faults: list[str] = []
        clean = 0
        for file in files:
            key = (file.path.rpartition("/")[2], file.content)
            if key not in known:
                known[key] = tuple(_faults(file))
            found = known[key]
            clean += not found
            faults += [f"{file.path}:{fault}" for fault in found]
        yield Measurement(
            subject,
            NAME,
            f"{clean} of {len(files)} files free of secrets",
            "all",
            passed=not faults,
            detail="\n".join(faults),
        )


def _faults(file: Artifact) -> Iterator[str]:
    text = Text.of(file.path, file.content)
    for found in secrets_in(text.path, text.content):
        yield f"{text.span(found.start, found.end).line}: {found.what}"


GATE = Gate(NAME, (), EVERY_EMITTER, check)
