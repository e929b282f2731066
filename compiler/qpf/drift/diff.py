"""Which values of two documents differ: digests first, DeepDiff only where they disagree."""

from collections.abc import Iterator

from qpf.model.change import Edit
from qpf.model.digest import canonical
from qpf.model.node import Data


def diff(before: Data, after: Data) -> tuple[Edit, ...]:
    """Edits that lead from one document to another, sorted by path; none for equal documents.

    Values compare by type and value: 1, 1.0, true and "1" all differ.
    """
    if canonical(before) == canonical(after):
        return ()
    return tuple(sorted(_edits(before, after), key=lambda edit: [str(part) for part in edit.path]))


def _edits(before: Data, after: Data) -> Iterator[Edit]:
    from deepdiff import DeepDiff  # slow to import (0.4 s), and needed only where something differs

    tree = DeepDiff(before, after, view="tree", threshold_to_diff_deeper=0, verbose_level=2)
    for report, levels in tree.items():
        kind = (
            "added" if report.endswith("_added") else "removed" if report.endswith("_removed") else "changed"
        )
        for level in levels:
            yield Edit(
                path=tuple(level.path(output_format="list")),
                kind=kind,
                before=None if kind == "added" else level.t1,
                after=None if kind == "removed" else level.t2,
            )
