"""Which names of a fleet's folder are inputs; pure, knows no file system.

A name is wanted, passed over, or misnamed. Passed over are hidden and backup files
everywhere, and anything that is plainly not a schema (a README beside the agents).
Misnamed is what a person surely meant as an input and would search for a long time.
"""

from enum import Enum

TOP_FILES = ("qpf.yaml", "glue.yaml")
SCHEMA_FOLDERS = ("agents", "approvals", "base", "migrations", "sub")
TEXT_FOLDERS = ("logic", "templates")
CONSTRAINTS = "base/constraints"
ENVIRONMENTS = "environments"
ENVIRONMENT_FILE = "environment.yaml"
COMPILED = "__pycache__"
"""Python's own folder beside sources; nobody's input."""
FOLDERS = (*SCHEMA_FOLDERS, *TEXT_FOLDERS, ENVIRONMENTS)

_YAML_SUFFIXES = (".yaml", ".yml")


class Verdict(Enum):
    """What becomes of a name."""

    WANTED = 1
    PASSED_OVER = 2
    MISNAMED = 3


def is_hidden(name: str) -> bool:
    """Whether a name is hidden or an editor's backup: `.foo`, `foo~`, `#foo#`."""
    return name.startswith((".", "#")) or name.endswith("~")


def judge_schema(name: str) -> Verdict:
    """Judge a file in `base/`, `sub/`, `agents/`, `migrations/` or `approvals/`."""
    if name.endswith(".yaml"):
        return Verdict.WANTED
    return Verdict.MISNAMED if name.lower().endswith(_YAML_SUFFIXES) else Verdict.PASSED_OVER


def judge_top(name: str) -> Verdict:
    """Judge a name in the root."""
    if name in TOP_FILES or name in FOLDERS:
        return Verdict.WANTED
    return Verdict.MISNAMED if suggest_top(name) != name else Verdict.PASSED_OVER


def judge_environment(name: str) -> Verdict:
    """Judge a name in `environments/<env>/`: everything but one file there is an output."""
    if name == ENVIRONMENT_FILE:
        return Verdict.WANTED
    return Verdict.MISNAMED if suggest_schema(name.lower()) == ENVIRONMENT_FILE else Verdict.PASSED_OVER


def judge_text(folder: str, name: str) -> Verdict:
    """Judge a file anywhere below `templates/` (all text), `logic/` (Python) or `base/constraints/` (CUE)."""
    suffix = {"templates": "", CONSTRAINTS: ".cue"}.get(folder, ".py")
    return Verdict.WANTED if name.endswith(suffix) else Verdict.PASSED_OVER


def suggest_schema(name: str) -> str:
    """What a schema file of this name should be called."""
    stem, dot, suffix = name.lower().rpartition(".")
    return f"{name[: len(stem)]}.yaml" if f"{dot}{suffix}" in _YAML_SUFFIXES else name


def suggest_top(name: str) -> str:
    """What a name in the root should be called, if it is nearly one of ours."""
    small = name.lower()
    if small in FOLDERS:
        return small
    return suggestion if (suggestion := suggest_schema(small)) in TOP_FILES else name
