"""What is found in documents, where, and what the constraint says of itself."""

from typing import Any

import pytest

from cuelang import Constraints, Finding, Position


def found(text: str, *documents: dict[str, Any]) -> list[Finding]:
    with Constraints({"rules.cue": text}) as constraints:
        assert constraints.findings == ()
        return list(constraints.vet((str(index), document) for index, document in enumerate(documents)))


ATTRIBUTED: dict[str, tuple[str, dict[str, Any], tuple[str | int, ...]]] = {
    "a field": ("port: >1024 @qpf(code=C)", {"port": 80}, ("port",)),
    "a struct it stands in": (
        "web: {\n\t@qpf(code=C)\n\tport: >1024\n}",
        {"web": {"port": 80}},
        ("web", "port"),
    ),
    "a whole file": ("@qpf(code=C)\nport: >1024", {"port": 80}, ("port",)),
    "a nested struct": ("a: b: c: d: >1 @qpf(code=C)", {"a": {"b": {"c": {"d": 1}}}}, ("a", "b", "c", "d")),
    "a comprehension": (
        'mode: string\nauth: bool\nif mode == "private" {auth: true @qpf(code=C)}',
        {"mode": "private", "auth": False},
        ("auth",),
    ),
    "the body of a comprehension": (
        'mode: string\nif mode == "private" {\n\t@qpf(code=C)\n\tauth: true\n}',
        {"mode": "private", "auth": False},
        ("auth",),
    ),
    "a comprehension of a loop": (
        "ports: {...}\nfor name, _ in ports {(name): >1024 @qpf(code=C)}",
        {"ports": {"web": 1}, "web": 80},
        ("web",),
    ),
    "a use of a definition": (
        "#Port: >1024\nport: #Port @qpf(code=C)",
        {"port": 80},
        ("port",),
    ),
    "a definition, where its use says nothing": (
        "#Port: >1024 @qpf(code=C)\nport: #Port",
        {"port": 80},
        ("port",),
    ),
    "a use, whatever the definition says": (
        "#Port: >1024 @qpf(code=NOT)\nport: #Port @qpf(code=C)",
        {"port": 80},
        ("port",),
    ),
    "a field of a definition": (
        "#Web: {port: >1024 @qpf(code=C), ...}\nweb: #Web @qpf(code=NOT)",
        {"web": {"port": 80}},
        ("web", "port"),
    ),
    "a pattern": ('ports: [=~"^x"]: >1024 @qpf(code=C)', {"ports": {"x1": 80, "y": 1}}, ("ports", "x1")),
    "an item of a list": ("ports: [...{n: >1024 @qpf(code=C)}]", {"ports": [{"n": 80}]}, ("ports", 0, "n")),
    "a disjunction": ('mode: "a" | "b" @qpf(code=C)', {"mode": "c"}, ("mode",)),
    "a disjunction of structs": (
        "size: {n: 1} | {n: 2} @qpf(code=C)",
        {"size": {"n": 3}},
        ("size",),
    ),
    "a closed definition": (
        "#Web: {port: int}\nweb: #Web @qpf(code=C)",
        {"web": {"prot": 1, "port": 1}},
        ("web", "prot"),
    ),
    "a bound by another field": ("low: int\nhigh: >low @qpf(code=C)", {"low": 3, "high": 2}, ("high",)),
    "a check that is no field of the document": (
        "low: int\nhigh: int\nok: true & (high > low) @qpf(code=C)",
        {"low": 3, "high": 2},
        ("ok",),
    ),
    "what is hidden": ("low: int\n_ok: true & (low > 1) @qpf(code=C)", {"low": 0}, ()),
    "a field that must be there": ("name!: string @qpf(code=C)", {}, ("name",)),
    "a field that an optional one must have": ("a?: b!: int @qpf(code=C)", {"a": {}}, ("a", "b")),
    "fields written in one": ("a!: b!: c: >1 @qpf(code=C)", {}, ("a",)),
    "a label that is quoted": ('"a.b": "c d": >1 @qpf(code=C)', {"a.b": {"c d": 1}}, ("a.b", "c d")),
}


@pytest.mark.parametrize("place", ATTRIBUTED)
def test_attribute_is_found_wherever_the_constraint_is(place: str) -> None:
    text, document, path = ATTRIBUTED[place]
    (finding,) = found(text, document)
    assert finding.attribute == {"code": "C"}
    assert finding.path == path
    assert all(at.file == "rules.cue" for at in finding.constraints)
    assert finding.constraints


def test_attribute_says_what_it_says_in_cue() -> None:
    said = r"""code="L9-1", layer=4, message="ports, \"low\" ones, are (root's)", hint='run "it" now' """
    text = f"port: >1024 @qpf({said})"
    (finding,) = found(text, {"port": 80})
    assert finding.attribute == {
        "code": "L9-1",
        "layer": "4",
        "message": 'ports, "low" ones, are (root\'s)',
        "hint": 'run "it" now',
    }


def test_attributes_of_others_are_not_ours() -> None:
    (finding,) = found("port: >1024 @go(Port) @protobuf(1)", {"port": 80})
    assert finding.attribute == {}


def test_rules_say_where_they_stand() -> None:
    with Constraints({"r.cue": "// Größe\na: {ü: >1} @qpf(code=A)\n"}) as constraints:
        (rule,) = constraints.rules
    assert (rule.at, rule.about) == (Position("r.cue", 2, 12), Position("r.cue", 2, 1))


def test_columns_count_code_points() -> None:
    (finding,) = found('"größe": >1', {"größe": 1})
    assert finding.constraints == (Position("rules.cue", 1, 10),)


def test_what_is_missing_is_told_from_what_is_wrong() -> None:
    text = "a: {name!: string, port!: >1024, kind: string}"
    kinds = {finding.path[-1]: finding.kind for finding in found(text, {"a": {"port": 80}})}
    assert kinds == {"name": "missing", "port": "value", "kind": "missing"}


def test_a_wrong_value_hides_nothing_that_is_missing() -> None:
    text = 'a: {x: >1, y!: int}\nb: {z!: int}\nmode: string\nif mode == "m" {w!: int}'
    paths = [finding.path for finding in found(text, {"a": {"x": 0}, "b": {}, "mode": "m"})]
    assert paths == [("a", "x"), ("a", "y"), ("b", "z"), ("w",)]


def test_values_that_took_part_are_named() -> None:
    (finding,) = found("size: {n: 1, m: 1} | {n: 2, m: 2}", {"size": {"n": 1, "m": 2}})
    assert set(finding.data) == {("size", "n"), ("size", "m")}


def test_files_judge_for_themselves() -> None:
    with Constraints({"a.cue": "port: int", "b.cue": "port: >1024", "c.cue": 'port: "x"'}) as constraints:
        findings = list(constraints.vet({"web": {"port": 80}}))
    assert sorted(finding.constraints[0].file for finding in findings) == ["b.cue", "c.cue"]


def test_files_of_a_package_are_one() -> None:
    files = {"p/a.cue": "package p\n#Port: >1024", "p/b.cue": "package p\nport: #Port @qpf(code=C)"}
    with Constraints(files) as constraints:
        (finding,) = constraints.vet({"web": {"port": 80}})
    assert finding.constraints == (Position("p/a.cue", 2, 8),)
    assert (finding.attribute, finding.rule) == ({"code": "C"}, Position("p/b.cue", 2, 1))


def test_packages_of_one_name_in_two_folders_are_two() -> None:
    files = {"p/a.cue": "package p\n#Port: >1024", "q/b.cue": "package p\nport: #Port"}
    with Constraints(files) as constraints:
        (finding,) = constraints.findings
    assert finding.constraints == (Position("q/b.cue", 2, 7),)


def test_the_standard_library_is_at_hand() -> None:
    text = 'import ("list"\n"strings")\ntags: list.UniqueItems()\nname: strings.MaxRunes(3)'
    assert [each.path for each in found(text, {"tags": ["a", "a"], "name": "four"})] == [("name",), ("tags",)]


def test_every_document_is_reported_whatever_came_before() -> None:
    documents = [(str(index), {"port": index}) for index in range(50)]
    with Constraints({"r.cue": "port: <10 | >40"}) as constraints:
        verdicts = list(constraints.verdicts(documents))
    assert [verdict.document for verdict in verdicts] == [name for name, _ in documents]
    assert [int(verdict.document) for verdict in verdicts if verdict.findings] == list(range(10, 41))


def test_the_same_is_found_in_the_same_order_every_time() -> None:
    text = "a: {[string]: >1 @qpf(code=A)}\nb: {x!: int, y!: int, z: 1 | 2}\nc: [...<3]"
    document = {"a": {"q": 0, "p": 1, "r": 2}, "b": {"z": 3}, "c": [1, 3, 4]}
    first = found(text, document)
    assert len(first) == 7
    assert all(found(text, document) == first for _ in range(5))


def test_numbers_keep_their_kind() -> None:
    assert found("a: int\nb: float\nc: number", {"a": 1, "b": 1.0, "c": 1}) == []
    assert [each.path for each in found("a: int", {"a": 1.0})] == [("a",)]


def test_json_is_taken_as_it_is() -> None:
    with Constraints({"r.cue": "port: >1024"}) as constraints:
        findings = list(constraints.vet([("a", '{"port":\n 80}'), ("b", b'{"port": 80}')]))
    assert [(each.document, each.path, each.data) for each in findings] == [
        ("a", ("port",), (("port",),)),
        ("b", ("port",), (("port",),)),
    ]


def test_what_constraints_do_not_speak_of_is_free() -> None:
    assert found("a: int", {"a": 1, "b": {"c": 2}}) == []


def test_a_file_may_speak_of_all_fields_there_are() -> None:
    paths = [each.path for each in found('[=~"_port$"]: >1024', {"web_port": 80, "port": 1, "ssh_port": 22})]
    assert paths == [("ssh_port",), ("web_port",)]


def test_a_definition_may_close_the_whole_document() -> None:
    paths = [each.path for each in found("#Agent: {port: int}\n#Agent", {"port": 80, "prot": 1})]
    assert paths == [("prot",)]


SEEN = {
    "a selector of what is not declared": ('a: {...}\nif a.kind == "x" {b: >1}\nb: int', ("b",)),
    "a selector of what is declared otherwise": ('a: {n: int}\nif a.kind == "x" {b: >1}\nb: int', ("b",)),
    "a name that is given": ('a: {n: int}\nlet A = a\nif A.kind == "x" {b: >1}\nb: int', ("b",)),
    "an index": ('a: {n: int}\nif a["kind"] == "x" {b: >1}\nb: int', ("b",)),
    "a loop": ('a: {n: int}\nfor key, each in a if key == "kind" {b: >1}\nb: int', ("b",)),
    "an interpolation": ('a: {n: int}\nb: int\n_said: "\\(a.kind)" & "y"', ()),
    "a pattern in a section": ('a: {n: int, [=~"^k"]: "y"}', ("a", "kind")),
    "a section that is closed": ("a: close({n: int})", ("a", "kind")),
    "a section of a definition": ("#A: {n: int}\na: #A", ("a", "kind")),
    "a definition put into a section": ("#A: {n: int}\na: {#A}", ("a", "kind")),
    "a condition in a section": ('a: {kind: string, if kind == "x" {n: >1}}', ("a", "n")),
    "a computed label": ('a: {n: int}\n("a"): kind: "y"', ("a", "kind")),
    "a function of a section": ('import "struct"\na: struct.MaxFields(1)', ("a",)),
    "a section that is named by another name": ('X=a: {n: int}\nif X.kind == "x" {b: >1}\nb: int', ("b",)),
}


@pytest.mark.parametrize("way", SEEN)
def test_constraints_see_all_that_they_speak_of(way: str) -> None:
    text, path = SEEN[way]
    assert [each.path for each in found(text, {"a": {"n": 1, "kind": "x"}, "b": 1, "c": 2})] == [path]
