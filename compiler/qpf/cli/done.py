"""What a compile did to an environment, and how a person or a program is told."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct

from qpf.cli.exit import CLEAN
from qpf.cli.output import finish, leave, note, show_json, show_report, show_table

if TYPE_CHECKING:
    from qpf.io.job import Changes
    from qpf.model.diagnostic import Report


UP_TO_DATE = "every file is as its sources compile to"


class Done(Struct, frozen=True):
    """One environment after a compile; paths are relative to its folder.

    Attributes:
        name: Its name.
        folder: What messages call its folder.
        agents: Its agents.
        written: Files created or replaced.
        removed: Files removed.
        edited: Those of them that somebody had changed by hand.
        unchanged: How many files were left alone.
    """

    name: str
    folder: str
    agents: tuple[str, ...]
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    unchanged: int = 0

    @classmethod
    def of(cls, name: str, folder: str, agents: Iterable[str], changes: "Changes") -> "Done":
        """What publishing did."""
        return cls(
            name,
            folder,
            tuple(agents),
            changes.written,
            changes.removed,
            changes.edited,
            len(changes.unchanged),
        )


def tell(
    done: Iterable[Done], form: str, report: "Report | None", *, sources: Mapping[str, bytes], folder: str
) -> NoReturn:
    """Print what was done, or why nothing was, and end the command."""
    rows = list(done)
    if report is not None and (report.failed or form in {"sarif", "github"}):
        finish(report, form, sources=sources, folder=folder)
    if form == "json":
        show_json({"environments": [_data(each) for each in rows]}, report)
    else:
        if report is not None:
            show_report(report, sources=sources)
        show_table(
            ("environment", "agents", "written", "unchanged", "removed"),
            [
                (
                    each.name,
                    str(len(each.agents)),
                    str(len(each.written)),
                    str(each.unchanged),
                    str(len(each.removed)),
                )
                for each in rows
            ],
            right=range(1, 5),
        )
        for each in rows:
            for path in each.edited:
                note(f"replaced a change made by hand: {each.folder}/{path}")
    if report is None:
        leave(CLEAN)
    from qpf.cli.exit import status

    leave(status(report))


def _data(done: Done) -> dict[str, object]:
    return {
        "name": done.name,
        "folder": done.folder,
        "agents": list(done.agents),
        "written": list(done.written),
        "removed": list(done.removed),
        "edited": list(done.edited),
        "unchanged": done.unchanged,
    }
