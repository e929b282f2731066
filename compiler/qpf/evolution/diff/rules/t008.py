"""The format of a text came, went, or is another one.

Validators may take a format as a note or hold texts to it, so whether a document is refused is unknown
where one came or changed; where one went, every document stays valid. Check the texts that documents say. A
`password` is a secret (T013), and formats of numbers are T006.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.formats import of_numbers, verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of formats of texts."""
    del setting

    if fact.word != "format" or of_numbers(fact):
        return None
    return verdict(fact, "check that every text in documents has the new format")


RULE = Rule("T008", "format-changed", ("constraint",), judge)
