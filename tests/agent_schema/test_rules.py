"""Each rule objects to what it is about, there where it stands, and to nothing else."""

import importlib
import inspect
import re

import pytest
import yaml

from qpf.api import Diagnostic, Pass, did_you_mean
from qpf_plugins.agent_schema.passes import PASSES, RULES
from tests.agent_schema import cases_between, cases_running, cases_sending, cases_within
from tests.agent_schema.build import run
from tests.agent_schema.case import Case

CASES = (*cases_between.CASES, *cases_within.CASES, *cases_sending.CASES, *cases_running.CASES)
RULE = {rule.name: rule for rule in PASSES}
PAGE = ("What it does:", "Why is this bad:", "Example:", "Use instead:")


def title(case: Case) -> str:
    return f"{case.rule}: {case.name}"


@pytest.mark.parametrize("case", [case for case in CASES if case.says], ids=title)
def test_rule_objects(case: Case) -> None:
    (found,) = run(RULE[case.rule], case.fleet())
    assert case.says in found.message
    assert found.code.name == case.rule
    assert found.code in RULE[case.rule].codes
    assert found.subject == case.subject
    assert found.path == case.path
    assert len(found.notes) == case.notes
    assert found.hint


@pytest.mark.parametrize("case", [case for case in CASES if case.says and case.path], ids=title)
def test_finding_stands_where_the_value_is_written(case: Case) -> None:
    fleet = case.fleet()
    (found,) = run(RULE[case.rule], fleet)
    own = fleet.agents[case.subject].span(*case.path)
    nearby = {own, *(fleet.agents[case.subject].span(*case.path, key) for key in ("below", "above"))}
    assert found.span in nearby


@pytest.mark.parametrize("case", [case for case in CASES if case.says and not case.path], ids=title)
def test_finding_about_a_connection_stands_in_the_glue(case: Case) -> None:
    (found,) = run(RULE[case.rule], case.fleet())
    assert found.span is not None
    assert found.span.source == "glue.yaml"


@pytest.mark.parametrize("case", [case for case in CASES if not case.says], ids=title)
def test_rule_lets_pass(case: Case) -> None:
    assert run(RULE[case.rule], case.fleet()) == []


@pytest.mark.parametrize("rule", PASSES, ids=lambda rule: rule.name)
def test_rule_has_a_case_for_and_a_case_against(rule: Pass) -> None:
    mine = [bool(case.says) for case in CASES if case.rule == rule.name]
    assert set(mine) == {True, False}


@pytest.mark.parametrize("rule", PASSES, ids=lambda rule: rule.name)
def test_rule_has_a_page(rule: Pass) -> None:
    page = inspect.getdoc(rule.check) or ""
    assert [heading for heading in PAGE if heading not in page] == []
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 2
    assert all(yaml.safe_load(inspect.cleandoc(example)) for example in examples)


def test_rule_is_its_module() -> None:
    for module in RULES:
        rule = module.PASS
        name = module.__name__.rpartition(".")[2]
        assert rule.name == module.CODE.name == name.replace("_", "-")
        assert rule.codes == (module.CODE,)
        assert (module.__doc__ or "").startswith(f"{module.CODE.id}: ")
        assert int(module.CODE.id[3]) == rule.layer


def test_every_module_with_a_rule_is_registered() -> None:
    package = importlib.import_module("qpf_plugins.agent_schema.passes")
    folder = package.__path__[0]
    modules = {info.name for info in __import__("pkgutil").iter_modules([folder])}
    assert modules - {"contradiction", "ports"} == {module.__name__.rpartition(".")[2] for module in RULES}


def test_one_fault_is_found_once() -> None:
    found: list[Diagnostic] = []
    for case in CASES:
        if case.says:
            fleet = case.fleet()
            found = [each for rule in PASSES for each in run(rule, fleet)]
            places = [(each.code, each.span, each.message) for each in found]
            assert len(places) == len(set(places))
    assert found


@pytest.mark.parametrize(
    ("name", "hint"),
    [("remembr", "did you mean `remember`?"), ("recal", "did you mean `recall`?"), ("xyz", "look around")],
)
def test_near_name_is_suggested(name: str, hint: str) -> None:
    assert did_you_mean(name, {"remember", "recall"}, "look around") == hint
