"""What the files of an environment hold: asked for only if they have to be written."""

import errno
from collections.abc import Callable, Mapping

from qpf.compilation.front import Front
from qpf.compilation.run import Built
from qpf.compilation.worker import Worker
from qpf.engine.pack import contents, read_pack
from qpf.engine.tiers import Tiers


class Contents:
    """Gives what a file holds, when it has to be written.

    From the environment's own artifacts, from a cache, or, should the entry be gone, by making it again.
    """

    def __init__(self, front: Front, built: Built, tiers: Tiers) -> None:
        self._front, self._built, self._tiers = front, built, tiers
        self._owner = {output.path: output.subject for output in built.outputs}
        self._agent = ""
        self._files: Mapping[str, bytes] = {}

    def of(self, path: str) -> Callable[[], bytes]:
        """What gives a file's content."""
        return lambda: self._content(path)

    def _content(self, path: str) -> bytes:
        shared = self._built.shared.get(path)
        if shared is not None:
            return shared.content
        agent = self._owner[path]
        if agent != self._agent:
            self._files = self._load(agent)
            self._agent = agent
        return self._files[path]

    def _load(self, agent: str) -> Mapping[str, bytes]:
        key = self._built.keys[agent]
        wanted = {each.path: each.digest for each in self._built.outputs if each.subject == agent}

        def read(_key: str, payload: bytes) -> Mapping[str, bytes]:
            head = read_pack(payload)
            if {each.path: each.digest for each in head.outputs} != wanted:
                message = "these are not the files that the lock names"
                raise ValueError(message)
            return {output.path: content for output, content in contents(payload, head)}

        for _, files, _ in self._tiers.look_up([key], read):
            return files
        payload = (
            Worker(self._front).emit(self._built.environment.name, agent, self._built.shown(agent)).payload
        )
        try:
            files = read(key, payload)
        except ValueError:
            message = f"the cache has lost what agent {agent} was, and it cannot be made again"
            raise OSError(errno.EIO, message) from None
        self._tiers.put({key: payload})
        return files
