"""Every rule has a name and a code of its own, a page, and a case that shows it."""

from collections import Counter

import pytest

from qpf.evolution.diff.judging.rule import PolicyRule, Rule, every_rule
from tests.test_cases import CASES

RULES = every_rule()


def test_no_code_and_no_name_is_given_twice() -> None:
    for given in ([rule.code for rule in RULES], [rule.name for rule in RULES]):
        assert [each for each, times in Counter(given).items() if times > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_a_page_that_begins_with_a_sentence(rule: Rule | PolicyRule) -> None:
    summary, _, rest = rule.page.partition("\n\n")
    assert summary.endswith(".")
    assert rest.strip()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_a_case_that_shows_it(rule: Rule | PolicyRule) -> None:
    session = CASES / "evolution" / "diff" / f"{rule.code}-{rule.name}" / "session.txt"
    shown = f"{rule.code}]" if isinstance(rule, PolicyRule) else f"[{rule.code} {rule.name}"
    assert shown in session.read_text(encoding="utf-8")
