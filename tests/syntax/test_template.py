"""Templates: strict, closed, deterministic; what is wrong is told with its line."""

import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from qpf.model.diagnostic import Code, Diagnostic, Severity
from qpf.model.extension import EmitError
from qpf.syntax.template import TemplateProblem, TemplateSet

FILLER = "{# first line #}\nsecond\n"
VALUES = MappingProxyType(
    {
        "name": "agent",
        "tags": ("a", "b"),
        "limits": MappingProxyType({"cpu": "1", "on": True}),
        "none": None,
        "list": [1],
    }
)


def rendered(text: str, **others: str) -> str:
    return TemplateSet({"main": text, **others}).render("main", VALUES)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("x = {{ name }}\n", "x = agent\n"),
        ("{% for tag in tags %}\n  {{ tag }}\n{% endfor %}\nend", "  a\n  b\nend"),
        ("  {% if limits.on %}\nyes\n  {% endif %}\n", "yes\n"),
        ("{{ limits | py }} {{ tags | py }} {{ none | py }}", '{"cpu": "1", "on": True} ("a", "b") None'),
        ("{{ limits | json }}", '{\n  "cpu": "1",\n  "on": true\n}'),
        ("a:\n  {{ limits | yaml(2) }}\n", 'a:\n  cpu: "1"\n  "on": true\n'),
        ("{{ tags | join(', ') }} & <{{ name | upper }}>", "a, b & <AGENT>"),
        ("{% include 'part' %}\n{{ name }}", "part of agent\nagent"),
        ("{% from 'macros' import twice %}{{ twice('x') }}", "xx"),
        ("{% extends 'base' %}{% block body %}B{% endblock %}", "<B>"),
        ("{{ 2 * 3 }} {{ 'ab' * 2 }} {{ 2 ** 8 }} {{ 7 % 4 }}", "6 abab 256 3"),
        ("one\n\n", "one\n\n"),
        ("[{{ 'a' if none }}]", "[]"),
    ],
)
def test_template_renders(text: str, output: str) -> None:
    others = {
        "part": "part of {{ name }}\n",
        "macros": "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}",
        "base": "<{% block body %}{% endblock %}>",
    }
    assert rendered(text, **others) == output


PROBLEMS = {
    "undefined": ("{{ nope }}", "'nope' is undefined"),
    "undefined attribute": ("{{ limits.memory }}", "`memory` is not in the mapping"),
    "undefined in a condition": ("{% if nope %}{% endif %}", "'nope' is undefined"),
    "syntax": ("{% if %}", "Expected an expression"),
    "unclosed": ("{{ name", "unexpected end of template"),
    "unknown filter": ("{{ name | nofilter }}", "No filter named 'nofilter'"),
    "unknown template": ("{% include 'nothing' %}", "there is no template `nothing`"),
    "file": ("{% include '../../etc/passwd' %}", "there is no template"),
    "dunder": ("{{ limits.__class__ }}", "the sandbox forbids this"),
    "subclasses": ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "the sandbox forbids this"),
    "format string": ("{{ '{0.__class__}'.format(name) }}", "the sandbox forbids this"),
    "mutation": ("{{ list.append(1) }}", "the sandbox forbids this"),
    "mapping printed": ("{{ limits }}", "a mapping is printed"),
    "list printed": ("{{ tags }}", "a value of type tuple is printed"),
    "null printed": ("{{ none }}", "null is printed"),
    "function printed": ("{{ range }}", "is printed"),
    "chance": ("{{ tags | random }}", "No filter named 'random'"),
    "lorem ipsum": ("{{ lipsum() }}", "'lipsum' is undefined"),
    "long range": ("{% for i in range(1000000) %}{% endfor %}", "Range too big"),
    "long text": ("{{ 'a' * 1000000000 }}", "more than 1,048,576"),
    "long list": ("{{ ([0] * 1000000000) | length }}", "more than 1,048,576"),
    "long number": ("{{ 10 ** 100000000 }}", "a power this large"),
    "padding": ("{{ 'a'.ljust(1000000000) }}", "the sandbox forbids this"),
    "formatting": ("{{ '%1000000000d' % 1 }}", "not used in templates"),
    "indentation": ("{{ 'a' | indent(1000000000, true) }}", "indentation of 1000000000"),
    "recursion": ("{% include 'main' %}", "without end"),
    "macro recursion": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "without end"),
    "division": ("{{ 1 / 0 }}", "ZeroDivisionError"),
    "filter": ("{{ limits | py | int(base=99) | boom }}", "No filter named 'boom'"),
    "not data": ("{{ range | json }}", "is not JSON-like data"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problem_is_told_with_its_line(name: str) -> None:
    text, message = PROBLEMS[name]
    with pytest.raises(TemplateProblem) as caught:
        TemplateSet({"main": FILLER + text}, origin="templates/").render("main", VALUES)
    problem = caught.value
    assert (problem.template, problem.line) == ("templates/main", 3)
    assert message in problem.message
    assert "\n" not in problem.message
    assert "0x" not in problem.message


def test_problem_stands_in_the_template_that_holds_it() -> None:
    with pytest.raises(TemplateProblem) as caught:
        rendered("{% include 'part' %}", part="\n\n{{ nope }}")
    assert (caught.value.template, caught.value.line) == ("part", 3)


def test_unknown_template_is_spelled_right() -> None:
    with pytest.raises(TemplateProblem) as caught:
        TemplateSet({"config.py.jinja": ""}).render("confg.py.jinja", {})
    assert caught.value.hint == "did you mean `config.py.jinja`?"


def test_output_is_bounded() -> None:
    with pytest.raises(TemplateProblem, match="more than 4,194,304 characters"):
        rendered("{% for i in range(100000) %}{{ 'a' * 1000 }}{% endfor %}")


def test_check_finds_every_template_that_cannot_be_compiled() -> None:
    templates = TemplateSet({"a": "{% if %}", "b": "fine", "c": "\n{{ x | nofilter }}"})
    assert [(problem.template, problem.line) for problem in templates.check()] == [("a", 1), ("c", 2)]


def test_findings_of_a_filter_pass_through() -> None:
    code = Code("ACME001", "too-costly", Severity.ERROR, "It costs too much.")

    def refuse(value: Any) -> str:
        raise EmitError(Diagnostic(code, f"{value} is too much"))

    with pytest.raises(EmitError) as caught:
        TemplateSet({"main": "{{ 3 | refuse }}"}, {"refuse": refuse}).render("main", {})
    assert [found.code for found in caught.value.diagnostics] == [code]


def test_values_named_like_methods_are_values() -> None:
    values: Mapping[str, Any] = {"section": MappingProxyType({"items": "x", "keys": "y"})}
    text = "{{ section['items'] }}{{ section['keys'] }}"
    assert TemplateSet({"main": text}).render("main", values) == "xy"


def test_output_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "from qpf.syntax.template import TemplateSet\n"
        "data = {c: {'x': [c, None, 1.5]} for c in 'zyxwvut'}\n"
        "text = '{{ d | py }}{{ d | yaml }}{{ d | json }}{% for k in d %}{{ k }}{% endfor %}'\n"
        "print(TemplateSet({'m': text}).render('m', {'d': data}))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1
