"""The memories of one agent, by layer."""

from typing import TypeVar

from qpf_runtime.errors import ConfigurationError
from qpf_runtime.memory.archive import Archive
from qpf_runtime.memory.causal import CausalMemory
from qpf_runtime.memory.episodic import EpisodicMemory
from qpf_runtime.memory.semantic import SemanticMemory
from qpf_runtime.memory.working import WorkingMemory

T = TypeVar("T")


class Memory:
    """The memories of one agent. A layer its schema does not declare is refused when it is used.

    Attributes:
        working: The state of the work at hand.
        episodic: What happened.
        layers: Which of the others its schema declares: `semantic`, `causal`, `archive`.
    """

    def __init__(
        self,
        agent: str,
        working: WorkingMemory,
        episodic: EpisodicMemory,
        semantic: SemanticMemory | None = None,
        causal: CausalMemory | None = None,
        archive: Archive | None = None,
    ) -> None:
        self._agent = agent
        self.working = working
        self.episodic = episodic
        self._semantic = semantic
        self._causal = causal
        self._archive = archive
        layers = {"semantic": semantic, "causal": causal, "archive": archive}
        self.layers = frozenset(name for name, layer in layers.items() if layer is not None)

    @property
    def semantic(self) -> SemanticMemory:
        """What things mean.

        Raises:
            ConfigurationError: If the schema declares none.
        """
        return self._declared("semanticmemory", self._semantic)

    @property
    def causal(self) -> CausalMemory:
        """Why things happened.

        Raises:
            ConfigurationError: If the schema declares none.
        """
        return self._declared("causalmemory", self._causal)

    @property
    def archive(self) -> Archive:
        """What was let go of.

        Raises:
            ConfigurationError: If the schema declares none.
        """
        return self._declared("archive", self._archive)

    def _declared(self, section: str, layer: T | None) -> T:
        if layer is None:
            msg = f"agent {self._agent}: memorytopology.{section}.storagetype is none; declare one to use it"
            raise ConfigurationError(msg)
        return layer
