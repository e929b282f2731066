"""What is wrong with constraints, and with documents that are none."""

import pytest

from cuelang import Constraints, Document, Finding, Position

FAULTS = {
    "a brace is missing": ("a: {\n  b: 1\n", Position("x.cue", 3, 1)),
    "no CUE at all": ("a = = b", Position("x.cue", 1, 5)),
    "a name leads nowhere": ("a: 1\nb: nowhere", Position("x.cue", 2, 4)),
    "an import is not used": ('import "list"\na: 1', Position("x.cue", 1, 8)),
    "an import is unknown": ('import "nosuch"\na: nosuch.X', Position("x.cue", 1, 8)),
    "an import is from elsewhere": ('import "example.com/x"\na: x.Y', Position("x.cue", 1, 8)),
    "an import is a tool": ('import "tool/exec"\na: exec.Run', Position("x.cue", 1, 8)),
    "an import is a tool under another name": (
        'import e "tool/exec:exec"\na: e.Run',
        Position("x.cue", 1, 8),
    ),
    "values conflict": ("a: 1\na: 2", Position("x.cue", 1, 4)),
    "a cycle": ("#L: {next: #L}\na: #L", Position("x.cue", 1, 1)),
    "a file is embedded": (
        '@extern(embed)\npackage x\na: _ @embed(file="/etc/passwd")',
        Position("x.cue", 1, 1),
    ),
    "a function fails": ('import "strings"\na: strings.Repeat("x", 3000000000)', Position("x.cue", 2, 4)),
    "it is nested without end": ("a: " + "(" * 100_000 + "1", Position("x.cue", 1, 10_004)),
}


def faults(text: str) -> tuple[Finding, ...]:
    with Constraints({"x.cue": text}) as constraints:
        return constraints.findings


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_constraints_is_a_finding_with_its_place(fault: str) -> None:
    text, place = FAULTS[fault]
    first = faults(text)[0]
    assert (first.kind, first.document, first.constraints[0]) == ("constraint", "", place)


def test_a_fault_of_one_file_costs_no_other() -> None:
    with Constraints({"a.cue": "port: >", "b.cue": "port: >1024"}) as constraints:
        findings = list(constraints.vet({"web": {"port": 80}}))
    assert [(each.kind, each.document) for each in findings] == [("constraint", ""), ("value", "web")]


def test_a_fault_costs_its_package() -> None:
    files = {"p/a.cue": "package p\n#Port: >", "p/b.cue": "package p\nport: #Port"}
    with Constraints(files) as constraints:
        findings = list(constraints.vet({"web": {"port": 80}}))
    assert {each.constraints[0].file for each in findings} == {"p/a.cue"}


UNREADABLE: dict[str, Document] = {
    "no JSON": "port: 80",
    "a list": "[1]",
    "nothing": "",
    "bytes that are no text": b"\xff\xfe",
    "nested without end": '{"a":' * 100_000,
    "two": "{}{}",
    "CUE": "{port: 80}",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_document_that_is_none_is_a_finding(what: str) -> None:
    with Constraints({"x.cue": "port?: >1024"}) as constraints:
        documents: list[tuple[str, Document]] = [("bad", UNREADABLE[what]), ("good", {"port": 80})]
        verdicts = list(constraints.verdicts(documents))
    assert [[each.kind for each in verdict.findings] for verdict in verdicts] == [["unreadable"], ["value"]]


def test_data_that_is_no_json_is_refused() -> None:
    with Constraints({"x.cue": "port?: >1024"}) as constraints:
        with pytest.raises(TypeError):
            list(constraints.vet({"bad": {"port": {1, 2}}}))
        with pytest.raises(ValueError, match="JSON"):
            list(constraints.vet({"bad": {"port": float("nan")}}))
        assert len(list(constraints.vet({"good": {"port": 80}}))) == 1


def test_no_files_find_nothing() -> None:
    with Constraints({}) as constraints:
        assert list(constraints.vet({"web": {"port": 80}})) == []
