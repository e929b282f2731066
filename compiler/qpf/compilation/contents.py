"""What the files of an environment hold: asked for only if they have to be written."""

import errno
from collections.abc import Mapping, Sequence
from functools import cached_property

from qpf.compilation.front import Front
from qpf.compilation.run import Built
from qpf.compilation.worker import Worker
from qpf.engine.pack import contents, read_pack
from qpf.engine.tiers import Tiers
from qpf.model.output import Output


class Contents:
    """Gives what a file holds, when it has to be written.

    From the environment's own artifacts, from a cache, or, should the entry be gone, by making it again.
    """

    def __init__(self, front: Front, built: Built, tiers: Tiers) -> None:
        self._front, self._built, self._tiers = front, built, tiers
        self._agent = ""
        self._files: Mapping[str, bytes] = {}

    def of(self, output: Output) -> bytes:
        """What a file holds."""
        agent = output.subject
        if not agent:
            return self._built.shared[output.path].content
        if agent != self._agent:
            self._files = self._load(agent)
            self._agent = agent
        return self._files[output.path]

    @cached_property
    def _outputs(self) -> Mapping[str, Sequence[Output]]:
        """By agent, sorted by path."""
        found: dict[str, list[Output]] = {}
        for output in self._built.outputs:
            found.setdefault(output.subject, []).append(output)
        return found

    def _load(self, agent: str) -> Mapping[str, bytes]:
        key = self._built.keys[agent]
        wanted = self._outputs[agent]

        def read(_key: str, payload: bytes) -> Mapping[str, bytes]:
            head = read_pack(payload)
            if sorted(head.outputs) != wanted:
                message = "these are not the files that the lock names"
                raise ValueError(message)
            return {output.path: content for output, content in contents(payload, head)}

        for _, files, _ in self._tiers.look_up([key], read):
            return files
        payload = Worker(self._front).emit(self._built.name, agent, self._built.shown(agent)).payload
        try:
            files = read(key, payload)
        except ValueError:
            message = f"the cache has lost what agent {agent} was, and it cannot be made again"
            raise OSError(errno.EIO, message) from None
        self._tiers.put({key: payload})
        return files
