"""Templates: Jinja in a sandbox, strict, deterministic, closed over a given set of texts.

A template sees the values it is given and the other templates of its set, nothing else: no
clock, no chance, no files. What it prints must be text or a number; printing a structure or
an object would print how Python shows it, which is nobody's format.
"""

import difflib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import jinja2
from jinja2 import FunctionLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError, Undefined
from jinja2.exceptions import SecurityError
from jinja2.filters import do_indent
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from qpf.model.extension import EmitError
from qpf.model.node import Data
from qpf.syntax.jsontext import write_json
from qpf.syntax.pytext import python_literal
from qpf.syntax.writer import write_yaml

MAX_OUTPUT: Final = 4 * 1024 * 1024
"""Characters that one rendering may give."""
MAX_TEXT: Final = 1024 * 1024
"""Length that `*`, `**` and `%` may give a value."""

_WIDEST_INDENT: Final = 100
_GLOBALS: Final = ("range", "dict", "cycler", "joiner", "namespace")
_FORBIDDEN_FILTERS: Final = (
    "random",
    "tojson",
    "pprint",
    "center",
    "format",
    "wordwrap",
    "urlize",
    "xmlattr",
)

_PADDING: Final = frozenset(
    {"center", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill"}
)


class TemplateProblem(Exception):  # noqa: N818  # a problem of the person's text, told as a finding
    """A template cannot be read or rendered.

    Attributes:
        template: Its name.
        line: The line at fault, from 1; 0 if none is known.
        message: What is wrong, in one line.
        hint: The remedy, if one is known.
        value: The value that lacks what was asked of it, if one does.
    """

    def __init__(self, template: str, line: int, message: str, hint: str = "", value: Data = None) -> None:
        super().__init__(f"{template}:{line}: {message}")
        self.value = value
        self.template = template
        self.line = line
        self.message = message
        self.hint = hint


class _Refusal(Exception):  # noqa: N818  # never leaves this module
    """What the sandbox does not do."""


class _MissingError(jinja2.UndefinedError):
    """Something is not there; knows what lacks it."""

    def __init__(self, message: str | None, owner: Any, name: Any) -> None:
        super().__init__(message)
        self.owner = owner
        self.name = name


class _Missing(StrictUndefined):
    """What is not there, in whatever way it is used."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[jinja2.exceptions.TemplateRuntimeError] = jinja2.UndefinedError,
    ) -> None:
        super().__init__(hint, obj, name, exc)
        if exc is jinja2.UndefinedError:
            self._undefined_exception = partial(_MissingError, owner=obj, name=name)  # type: ignore[assignment]  # Jinja calls it with the message only


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, with operators that cannot be made to fill the memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may use an attribute: not if it pads text to any length asked for."""
        if isinstance(obj, str) and attr in _PADDING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Evaluate an operator whose result may be much larger than its operands."""
        if operator == "%" and isinstance(left, str):
            message = "text % values is not used in templates; join the parts with ~"
            raise _Refusal(message)
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" and not (numbers and abs(left) <= 2**64 and abs(right) <= 64):  # noqa: PLR2004  # the sizes are the limit
            message = "a power this large is not computed"
            raise _Refusal(message)
        if operator == "*" and not numbers:
            size, times = (len(left), right) if hasattr(left, "__len__") else (len(right), left)
            if not isinstance(times, int) or size * times > MAX_TEXT:
                message = f"repeating to more than {MAX_TEXT:,} is not done"
                raise _Refusal(message)
        return super().call_binop(context, operator, left, right)


class TemplateSet:
    """Templates that may include and import each other, and nothing else."""

    def __init__(
        self,
        texts: Mapping[str, str],
        filters: Mapping[str, Callable[..., Any]] | None = None,
        origin: str = "",
    ) -> None:
        """Take the texts by name, and filters beside `py`, `json` and `yaml`.

        Args:
            texts: Template texts by name.
            filters: Further filters by name.
            origin: What stands before a template's name in problems, such as its folder.
        """
        self._texts = dict(texts)
        self._origin = origin
        environment = _Sandbox(
            loader=FunctionLoader(self._load),
            undefined=_Missing,
            autoescape=False,  # emits code and configuration, never HTML
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            newline_sequence="\n",
            cache_size=-1,
            auto_reload=False,
            finalize=_printable,
        )
        environment.globals = {name: environment.globals[name] for name in _GLOBALS}
        for name in _FORBIDDEN_FILTERS:
            environment.filters.pop(name, None)
        environment.filters.update(
            {"py": python_literal, "json": json_text, "yaml": yaml_text, "indent": _indent}
        )
        environment.filters.update(filters or {})
        self._environment = environment
        self._compiled: dict[str, jinja2.Template] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the templates, sorted."""
        return tuple(sorted(self._texts))

    def render(self, name: str, values: Mapping[str, Data]) -> str:
        """Render a template.

        Raises:
            TemplateProblem: If it cannot be read or rendered.
        """
        parts: list[str] = []
        size = 0
        try:
            for part in self._template(name).generate(**values):
                size += len(part)
                if size > MAX_OUTPUT:
                    raise self._too_long(name)  # noqa: TRY301  # raised here to stop rendering
                parts.append(part)
        except (EmitError, TemplateProblem):
            raise
        except Exception as error:
            raise self._problem(name, error) from error
        return "".join(parts)

    def _template(self, name: str) -> jinja2.Template:
        """A template, compiled; looked up once, because texts never change."""
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = self._environment.get_template(name)
        return found

    def check(self) -> tuple[TemplateProblem, ...]:
        """Every template that cannot be compiled, by name."""
        problems = []
        for name in self.names:
            try:
                self._environment.get_template(name)
            except Exception as error:  # noqa: BLE001  # whatever the compiler of Jinja raises is the text's fault
                problems.append(self._problem(name, error))
        return tuple(problems)

    def _too_long(self, name: str) -> TemplateProblem:
        return TemplateProblem(self._origin + name, 0, f"it prints more than {MAX_OUTPUT:,} characters")

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        text = self._texts.get(name)
        # The name stands for the file: frames of the traceback are found by it.
        return None if text is None else (text, name, _never_stale)

    def _problem(self, name: str, error: Exception) -> TemplateProblem:
        if isinstance(error, TemplateProblem):
            return error
        if isinstance(error, TemplateSyntaxError):
            where = error.filename or error.name or name
            return TemplateProblem(
                self._origin + where, error.lineno, _sentence(error.message or "cannot be read")
            )
        where, line = self._innermost(name, error)
        hint = ""
        if isinstance(error, TemplateNotFound):
            wanted = str(error.name)
            message = f"there is no template `{wanted}` in this set"
            close = difflib.get_close_matches(wanted, self.names, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(self.names)}"
        elif isinstance(error, _MissingError) and isinstance(error.owner, Mapping):
            near = difflib.get_close_matches(str(error.name), [*map(str, error.owner)], 1)
            hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(map(str, error.owner))}"
            message = f"`{error.name}` is not in the mapping that it is asked of"
            return TemplateProblem(self._origin + where, line, message, hint, error.owner)
        elif isinstance(error, jinja2.UndefinedError):
            message = _sentence(error.message or "a value is undefined")
        elif isinstance(error, SecurityError):
            message = f"the sandbox forbids this: {_sentence(str(error))}"
        elif isinstance(error, _Refusal | ValueError | OverflowError):
            message = _sentence(str(error))
        elif isinstance(error, RecursionError):
            message = "templates or macros call each other without end"
        else:
            message = f"{type(error).__name__}: {_sentence(str(error))}"
        return TemplateProblem(self._origin + where, line, message, hint)

    def _innermost(self, name: str, error: Exception) -> tuple[str, int]:
        """The last template line that was running: Jinja maps frames of templates to their lines."""
        found = (name, 0)
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename in self._texts:
                found = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
            trace = trace.tb_next
        return found


def json_text(data: Data) -> str:
    """The filter `json`: canonical JSON without the last newline."""
    return write_json(data).decode().removesuffix("\n")


def yaml_text(data: Data, indent: int = 0) -> str:
    """The filter `yaml`: canonical YAML, each line after the first indented, without the last newline."""
    text = write_yaml(data).decode().removesuffix("\n")
    return text.replace("\n", "\n" + " " * min(indent, _WIDEST_INDENT)) if indent else text


def _indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002  # as templates call it
    """Jinja's own filter (whose signature this is), with a bound on the width."""
    if not 0 <= width <= _WIDEST_INDENT:
        message = f"an indentation of {width} columns is not done"
        raise _Refusal(message)
    return do_indent(text, width, first, blank)


def _printable(value: Any) -> Any:
    if isinstance(value, str | int | float | Undefined):
        return value
    kind = "a mapping" if isinstance(value, Mapping) else f"a value of type {type(value).__name__}"
    kind = "null" if value is None else kind
    message = f"{kind} is printed; use one of the filters py, json, yaml, or join"
    raise _Refusal(message)


def _never_stale() -> bool:
    return True


def _sentence(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
