"""Constraints, read once, that any number of documents are held to, in one helper process.

What the engine cannot bring to an end costs the document and the file of constraints that it happened with,
and a new helper; everything else is vetted all the same.
"""

import os
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path as FilePath
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeAlias

from cuelang.finding import (
    Document,
    Finding,
    Kind,
    Partial,
    Position,
    Rule,
    Verdict,
    read_findings,
    read_rules,
    request_for,
)
from cuelang.limits import Limits
from cuelang.process import LostError, Process

Files: TypeAlias = Mapping[str, str | bytes] | Iterable[str | os.PathLike[str]]
Documents: TypeAlias = Mapping[str, Document | Partial] | Iterable[tuple[str, Document | Partial]]
_Request: TypeAlias = Mapping[str, Any]

_AHEAD = 8
"""So many documents are on their way while the first of them is waited for."""

_DEFAULT = Limits()


class Constraints:
    """Constraints that documents are held to.

    Files that declare one package in one folder belong together, as in CUE; a file without a package stands
    alone. Each of these groups judges a document for itself, so that no fault of one hides what another says.

    The helper starts with the first question. Use it in a `with`, or call `close`.
    """

    def __init__(self, files: Files, limits: Limits = _DEFAULT) -> None:
        """Take constraints.

        Args:
            files: Texts by name, or paths of files to read. Names are those that positions have.
            limits: What vetting may take.

        Raises:
            OSError: If a file cannot be read.
        """
        texts = files if isinstance(files, Mapping) else _read(files)
        self._files = [
            {"name": name, "text": text if isinstance(text, str) else text.decode(errors="replace")}
            for name, text in sorted(texts.items())
        ]
        self._sent = self._files
        self._limits = limits
        self._process: Process | None = None
        self._owner = 0
        self._groups: list[list[str]] = []
        self._left_out: dict[int, str] = {}
        self._unbuilt: list[Finding] = []
        self._failures: Counter[int] = Counter()
        self._findings: tuple[Finding, ...] | None = None
        self._rules: tuple[Rule, ...] = ()
        self._spent = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the constraints themselves; what has a fault is left out of all verdicts.

        Raises:
            EngineError: If the engine cannot be started.
        """
        self._ready()
        assert self._findings is not None
        return self._findings

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every part of sound constraints that says something about itself.

        Raises:
            EngineError: If the engine cannot be started.
        """
        self._ready()
        return self._rules

    @property
    def lost(self) -> bool:
        """Whether the engine came to no end with something so far, so that it is not asked all any more."""
        return bool(self._failures or self._left_out)

    def vet(self, documents: Documents) -> Generator[Finding, None, None]:
        """What is wrong with the constraints, then with documents in order, each as soon as it is known.

        Args:
            documents: Documents by id, or pairs of id and document.

        Raises:
            EngineError: If the engine cannot be started.
        """
        yield from self.findings
        for verdict in self.verdicts(documents):
            yield from verdict.findings

    def verdicts(self, documents: Documents) -> Generator[Verdict, None, None]:
        """The same, a document at a time, those among them with which nothing is wrong.

        Raises:
            EngineError: If the engine cannot be started.
        """
        pending: deque[tuple[str, _Request]] = deque()
        self._spent = 0.0
        self._rest()
        try:
            for name, document in documents.items() if isinstance(documents, Mapping) else documents:
                pending.append((name, request_for(document)))
                self._ready()
                self._ask(pending[-1][1])
                if len(pending) >= _AHEAD:
                    yield self._verdict(pending)
            while pending:
                yield self._verdict(pending)
        finally:
            # Nobody waits for what is still asked then, and those answers must not be taken for others'.
            if pending or self._spent >= self._limits.overall_seconds:
                self.close()

    def close(self) -> None:
        """Let the helper go; asking anything starts another."""
        if self._process is not None:
            if self._owner == os.getpid():
                self._process.close()
            else:
                self._process.abandon()
            self._process = None

    def _rest(self) -> None:
        """Let a helper go that would have too little processor time left for one more question."""
        if self._process is not None and self._process.used > self._limits.cpu_seconds / 2:
            self.close()

    def _ready(self) -> None:
        """See that there is a helper that is ours: a fork of this process has none of its own."""
        if self._process is None or self._owner != os.getpid():
            self.close()
            self._start()

    def _start(self) -> None:
        """Start a helper and have it read the files and build every group."""
        first = self._findings is None
        self._owner = os.getpid()
        self._process = Process(self._limits)
        findings: list[Finding] = []
        rules: list[Rule] = []
        try:
            answer = self._asked({"read": self._sent})
            groups = answer.get("groups") or []
            self._groups = self._groups or groups
            findings += read_findings(answer["findings"])
            for group in range(len(groups)):
                if group in self._left_out:
                    continue
                answer = self._asked({"build": group})
                findings += read_findings(answer["findings"])
                rules += read_rules(answer.get("rules"))
        except LostError as lost:
            self._without(lost)
            self._start()
            return
        except BaseException:  # Half of the constraints must not be taken for all of them.
            self.close()
            raise
        if first:
            findings += self._unbuilt
            self._findings = tuple(sorted(findings, key=lambda found: found.sort_key))
            self._rules = tuple(sorted(rules, key=lambda rule: rule.at))

    def _without(self, lost: LostError) -> None:
        """Leave out what the helper was lost with while it built: one group, or else everything.

        The first helper's loss is a fault of the constraints, and said once; a later one's is said of every
        document, since nobody asks for faults again.
        """
        assert self._process is not None
        group, why = self._process.at, ""
        if self._findings is None:
            self._unbuilt.append(self._unfinished("", group, f"the engine {lost}"))
        else:
            why = f"the engine {lost} when it was started again"
        if group is None:
            self._sent = []
        for each in range(len(self._groups)) if group is None else (group,):
            self._left_out[each] = why

    def _asked(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None
        self._process.send(request)
        return self._process.receive(self._limits.document_seconds)

    def _ask(self, request: _Request, skip: Iterable[int] = ()) -> None:
        if self._spent < self._limits.overall_seconds:
            assert self._process is not None
            self._process.send({**request, "skip": sorted({*skip, *self._left_out})})

    def _verdict(self, pending: deque[tuple[str, _Request]]) -> Verdict:
        """The verdict on the first of the documents that were asked about."""
        name, request = pending[0]
        findings: list[Finding] = []
        failed: set[int] = set()
        while True:
            left = self._limits.overall_seconds - self._spent
            if left <= 0:
                why = f"all documents together took the {self._limits.overall_seconds:g} s that they may take"
                findings.append(self._unfinished(name, None, why, "skipped"))
                break
            try:
                findings += read_findings(self._received(left)["findings"], name)
                break
            except LostError as lost:
                assert self._process is not None
                group = self._process.at
                if self._spent >= self._limits.overall_seconds:
                    continue
                findings.append(self._unfinished(name, group, f"the engine {lost}"))
                self._note_failure(group, lost)
                with self._counted():
                    self._start()
                if group is None:
                    pending.popleft()
                    self._ask_all(pending)
                    return Verdict(name, tuple(findings))
                failed.add(group)
                self._ask(request, failed)
                self._ask_all(list(pending)[1:])
        pending.popleft()
        findings += [
            self._unfinished(name, group, why, "skipped")
            for group, why in self._left_out.items()
            if why and group not in failed
        ]
        return Verdict(name, tuple(sorted(findings, key=lambda found: found.sort_key)))

    def _received(self, left: float) -> dict[str, Any]:
        assert self._process is not None
        with self._counted():
            return self._process.receive(min(self._limits.document_seconds, left))

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """What this takes is a part of what all documents of a question may take."""
        began = monotonic()
        try:
            yield
        finally:
            self._spent += monotonic() - began

    def _ask_all(self, pending: Iterable[tuple[str, _Request]]) -> None:
        for _, request in pending:
            self._ask(request)

    def _note_failure(self, group: int | None, lost: LostError) -> None:
        """Count what a group failed to come to an end with; after some times it is left out."""
        if group is None:
            return
        self._failures[group] += 1
        if self._failures[group] >= self._limits.patience:
            times = self._failures[group]
            self._left_out[group] = f"the engine {lost} with {times} documents, and was not asked again"

    def _unfinished(self, document: str, group: int | None, why: str, kind: Kind = "unfinished") -> Finding:
        names = [each["name"] for each in self._files] if group is None else self._groups[group]
        return Finding(kind, why, document, constraints=tuple(Position(name, 1, 1) for name in names))


def _read(files: Iterable[str | os.PathLike[str]]) -> dict[str, bytes]:
    return {os.fspath(file): FilePath(file).read_bytes() for file in files}
