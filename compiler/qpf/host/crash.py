"""What to say of an exception that came out of a plugin: one line, and where inside the plugin it arose.

Says nothing that differs between machines: files are named by module, addresses are left out.
"""

import re
from pathlib import PurePath
from types import FrameType

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LONGEST = 300
_REFUSED_WRITE = re.compile(
    r"'(?:mappingproxy|tuple|Mapping|Sequence|Scalar|Entry|Span)' object "
    r"(?:does not|doesn't) support item (?:assignment|deletion)"
    r"|super\(type, obj\): obj must be an instance or subtype of type"
    r"|can't apply this __(?:set|del)attr__ to \w+ object"
)
_REFUSED_CALL = re.compile(
    r"'mappingproxy' object has no attribute '(?:pop|popitem|update|setdefault|clear|__\w+__)'"
    r"|'tuple' object has no attribute '(?:append|extend|insert|remove|pop|clear|sort|reverse)'"
    r"|can't set attribute|can't delete attribute|: immutable type: '"
)


def cause(error: BaseException) -> str:
    """The exception in one line: its type and what it says."""
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  # an exception whose own text fails is still to be reported
        text = "(its message cannot be shown)"
    text = _ADDRESS.sub("", " ".join(text.split()))
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return f"{kind}: {text}" if text else kind


def place(error: BaseException, package: str) -> str:
    """The innermost line inside the plugin, as `qpf_acme/rules.py:12 in check`; empty if it has none."""
    found = ""
    step = error.__traceback__
    while step is not None:
        module = str(step.tb_frame.f_globals.get("__name__", ""))
        if module == package or module.startswith(f"{package}."):
            found = f"{_file_of(step.tb_frame, module)}:{step.tb_lineno} in {step.tb_frame.f_code.co_name}"
        step = step.tb_next
    return found


def is_refused_write(error: BaseException) -> bool:
    """Whether the exception is how Python refuses to change a frozen value."""
    if isinstance(error, AttributeError):
        return _REFUSED_CALL.search(cause(error)) is not None
    return isinstance(error, TypeError) and _REFUSED_WRITE.search(cause(error)) is not None


def _file_of(frame: FrameType, module: str) -> str:
    """The file of a frame, relative to where the import package lives."""
    name = PurePath(frame.f_code.co_filename).name
    folders = module.split(".")
    return "/".join([*(folders if name == "__init__.py" else folders[:-1]), name])
