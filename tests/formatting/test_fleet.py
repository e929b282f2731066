"""Where a file that is not in its form is said to differ."""

import pytest

from qpf.formatting.fleet import Formed


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (b"a: 1\nb:  2\n", b"a: 1\nb: 2\n", 2),
        (b"a: 1\nb: 2", b"a: 1\nb: 2\n", 2),
        (b"a: 1\nb: 2\n\n\n", b"a: 1\nb: 2\n", 3),
        (b"a: 1\n\n", b"a: 1\n", 2),
    ],
)
def test_a_finding_stands_at_the_first_line_that_differs(before: bytes, after: bytes, line: int) -> None:
    span = Formed("agents/a.yaml", before, after).finding.span
    assert span is not None
    assert span.line == line
