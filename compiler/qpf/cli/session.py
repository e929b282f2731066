"""What every command is told: the fleet's folder, and how to talk about failures."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the command line; `ctx.obj` of every command, those of plugins included.

    Attributes:
        root: The fleet's folder, absolute.
        traceback: Whether to show tracebacks of unexpected exceptions.
    """

    root: Path
    traceback: bool = False

    @property
    def folder(self) -> str:
        """Where the fleet lies in its git repository: what services that annotate lines need to know."""
        for above in (self.root, *self.root.parents):
            if (above / ".git").exists():
                inside = self.root.relative_to(above).as_posix()
                return "" if inside == "." else inside
        return ""
