"""The reference of changes of schemas: every rule, with what it says of the case that its test shows."""

from pathlib import Path

from qpf.evolution.diff.judging.rule import PolicyRule, every_rule

CASES = Path(__file__).resolve().parent.parent / "tests" / "cases" / "evolution" / "diff"
CHANGES = """\
# Changes of schemas

What [`qpf schema diff`](../how-to/compare-schemas.md) finds, and what it means. Each code has a rule, a file
in `compiler/qpf/evolution/diff/rules/`, and a case, which is shown with it. `qpf schema rules CODE` prints
the same.

| axis | answers |
|---|---|
| backward | is every document that was valid still valid: `yes`, `no`, or `unknown` if schemas cannot tell |
| forward | is every document that is valid now valid for readers of the earlier schema |
| severity | `breaking`: not backward; `dangerous`: unknown, or valid with another meaning; `safe`; \
`annotation`; `critical`: what governs agents is loosened |
| migration | what carries documents over: `none` is needed, `lossless`, `lossy`, or `manual`: a person |
| policy | what it does to what governs agents: `neutral`, `tightens`, `loosens`, or `undecided` |

A change that no rule knows is never compatible. A declared migration covers a change; it never covers that
policy is loosened.

"""
FAMILIES = {
    "E": "Fields",
    "R": "Required fields and null",
    "D": "Defaults",
    "T": "Types",
    "C": "Constraints",
    "S": "Structure",
    "X": "References and composition",
    "L": "Versions and migrations",
    "A": "Annotations",
    "P": "Policy effects",
    "U": "Unknown",
}


def changes() -> str:
    """The page."""
    rules = every_rule()
    unplaced = sorted({rule.code[0] for rule in rules} - set(FAMILIES))
    assert not unplaced, f"no family of rules is called {unplaced}"
    parts = [CHANGES]
    for letter, family in FAMILIES.items():
        parts.append(f"## {family}\n")
        for rule in rules:
            if rule.code.startswith(letter):
                parts += [f"### {rule.code} {rule.name}\n", f"{rule.page}\n"]
                if isinstance(rule, PolicyRule):
                    parts.append("A second code of the change: it says what the change does to policy.\n")
                parts += _case(rule.code)
    return "\n".join(parts)


def _case(code: str) -> list[str]:
    """The session of a rule's case, without the command that is the same for all."""
    for folder in sorted(CASES.glob(f"{code}-*")):
        session = (folder / "session.txt").read_text(encoding="utf-8").strip()
        return [f"```console\n{session}\n```\n"]
    return []
