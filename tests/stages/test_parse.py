"""Reading files: what kind each is."""

from qpf.stages.parse import kind_of


def test_kinds_are_told_by_names() -> None:
    kinds = {
        "qpf.yaml": "fleet", "glue.yaml": "glue", "base/a.yaml": "base", "sub/a.yaml": "sub",
        "agents/a.yaml": "agent", "environments/dev/environment.yaml": "environment",
        "migrations/a.yaml": "migration", "approvals/a.yaml": "approval", "README.md": "",
        "environments/dev/composed/a.yaml": "", "templates/python_agent/a.jinja": "",
    }  # fmt: skip
    assert {path: kind_of(path)[0] for path in kinds} == kinds
