"""A pattern is what was emitted for one agent, with that agent's own values made variables.

It knows no peer: each peer's language is a few spellings.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Variable:
    """A place for a value."""

    name: str


Parts = tuple[str | Variable, ...]


@dataclass(frozen=True)
class Pattern:
    """Finds an agent's own values in what was emitted for it.

    Attributes:
        names: By text, the variable it stands for.
    """

    names: Mapping[str, str]

    @classmethod
    def of(cls, values: Mapping[str, str], only: Collection[str] | None = None) -> "Pattern":
        """The pattern of an agent with these values, or with some of them.

        Raises:
            ValueError: If two values have the same text, so that nobody could tell which one stands there.
        """
        chosen = {name: text for name, text in values.items() if text and (only is None or name in only)}
        names = {text: name for name, text in chosen.items()}
        if len(names) < len(chosen):
            message = f"two variables with one text: {sorted(chosen.keys() - set(names.values()))}"
            raise ValueError(message)
        return cls(names)

    def cut(self, text: str) -> Parts:
        """The text in pieces, each its own or a variable; where two values overlap, the longer one counts."""
        longest = sorted(self.names, key=len, reverse=True)
        pieces = re.split(f"({'|'.join(map(re.escape, longest))})", text)
        return tuple(
            Variable(self.names[piece]) if odd % 2 else piece for odd, piece in enumerate(pieces) if piece
        )


def template(parts: Parts) -> str:
    """A Jinja template; its variables are the keys of `v`."""
    # What Jinja would take for its own is handed to it as text.
    return "".join(
        f"{{{{ v.{part.name} }}}}" if isinstance(part, Variable) else re.sub(r"({[{%#])", r"{{ '\1' }}", part)
        for part in parts
    )


@dataclass(frozen=True)
class Language:
    """How data with variables is written in a language whose strings are JSON's and are added with `+`.

    Attributes:
        words: Its words for true, false and nothing.
        key: A key that is an expression, `%s` standing for it.
    """

    words: tuple[str, str, str]
    key: str = "%s"

    def data(self, value: Any, pattern: Pattern) -> str:
        """A value as an expression; its variables are the keys of `v`."""
        if isinstance(value, Mapping):
            entries = (
                f"{self._key(key, pattern)}: {self.data(each, pattern)}" for key, each in value.items()
            )
            return "{" + ", ".join(entries) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.data(each, pattern) for each in value) + "]"
        if isinstance(value, str):
            return expression(pattern.cut(value))
        if isinstance(value, bool) or value is None:
            return self.words[(True, False, None).index(value)]
        return json.dumps(value)

    def _key(self, key: str, pattern: Pattern) -> str:
        parts = pattern.cut(key)
        return json.dumps(key) if parts == (key,) else self.key % expression(parts)


PYTHON = Language(("True", "False", "None"))
JSONNET = Language(("true", "false", "null"), key="[%s]")
KCL = Language(("True", "False", "None"), key="(%s)")


def expression(parts: Parts) -> str:
    """Text and variables added up."""
    return (
        " + ".join(f'v["{part.name}"]' if isinstance(part, Variable) else json.dumps(part) for part in parts)
        or '""'
    )
