"""Documents as people write them: in any of the ways to write them, with comments that can be counted."""

import json
from itertools import count
from random import Random
from typing import Any

_WORDS = (
    "x",
    "two words",
    "é ü",
    "😀",
    "it's",
    "a-b",
    "1.5",
    "true",
    "~",
    "10",
    "http://x.y/#z",
    "a#b",
    "- dash",
    "",
)
_TEXTS = (
    "one\ntwo\n",
    "one\n\n  more\nless",
    "deep\n",
    " first\nsecond\n",
    "end\n\n\n",
    "# no comment\nreally\n",
    "é\n",
)


class Writer:
    """Writes one document; all choices come from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311  # not for secrets
        self._comments = count(1)
        self._anchors: list[str] = []
        self.comments = 0

    def document(self) -> str:
        """The text."""
        head = self.chance.choice(("", "", "---\n", self._above("") + "---\n", "\n\n"))
        text = head + self._mapping(self.chance.choice((0, 0, 0, 2)), 3)
        if self.chance.random() < 0.2:
            text += self._above("") + self.chance.choice(("", "...\n", "\n\n"))
        if self.chance.random() < 0.2:
            text = text.rstrip("\n") if not text.rstrip(" ").endswith("\n\n") else text
        if self.chance.random() < 0.2:
            text = text.replace("\n", "\r\n")
        return ("\ufeff" if self.chance.random() < 0.1 else "") + text

    def _comment(self) -> str:
        self.comments += 1
        return f"# c{next(self._comments)}."

    def _above(self, pad: str) -> str:
        """Lines above an entry."""
        lines = ""
        while self.chance.random() < 0.25:
            lines += self.chance.choice(("\n", "  \n", f"{pad}{self._comment()}\n"))
        return lines

    def _beside(self) -> str:
        return self.chance.choice(
            ("\n", "\n", "\n", "  \n", f" {self._comment()}\n", f"\t{self._comment()}  \n")
        )

    def _mapping(self, indent: int, depth: int, first: str | None = None) -> str:
        pad = " " * indent
        keys = list("abcdefgh")
        self.chance.shuffle(keys)
        text = ""
        for index, key in enumerate(keys[: self.chance.randint(1, 4)]):
            shown = self.chance.choice((key, key, key, f'"{key}"', f"'{key}'"))
            lead = first if index == 0 and first is not None else self._above(pad) + pad
            gap = self.chance.choice(("", "", "", " "))
            text += f"{lead}{shown}{gap}:{self._value(indent, depth, key=True)}"
        if self.chance.random() < 0.1:
            text += f"{pad}{self._comment()}\n"
        return text

    def _list(self, indent: int, depth: int) -> str:
        pad = " " * indent
        text = ""
        for _ in range(self.chance.randint(1, 3)):
            text += f"{self._above(pad)}{pad}-{self._value(indent, depth, key=False)}"
        return text

    def _value(self, indent: int, depth: int, *, key: bool) -> str:
        """All that follows a colon or a dash, line end included."""
        space = self.chance.choice((" ", " ", " ", "   "))
        anchor = ""
        if self.chance.random() < 0.1:
            anchor = f"{space}&n{len(self._anchors)}"
        kind = self.chance.randrange(10) if depth else self.chance.randrange(6)
        step = self.chance.choice((1, 2, 2, 3, 4))
        match kind:
            case 0 | 1:
                text = f"{anchor}{space}{self._scalar(indent)}{self._beside()}"
            case 2:
                text = f"{anchor}{self._beside()}"
            case 3:
                text = f"{anchor}{space}{self._block_text(indent, step)}"
            case 4:
                text = f"{anchor}{space}{self._flow(2, indent)}{self._beside()}"
            case 5 if self._anchors:
                return f"{space}*{self.chance.choice(self._anchors)}{self._beside()}"
            case 6 if not key and not anchor:
                return f" {self._mapping(indent + 2, depth - 1, first='')}"
            case 7 | 8:
                text = f"{anchor}{self._beside()}{self._mapping(indent + step, depth - 1)}"
            case 9:
                inner = indent + (self.chance.choice((0, step)) if key else step)
                text = f"{anchor}{self._beside()}{self._list(inner, depth - 1)}"
            case _:
                text = f"{anchor}{space}{self._scalar(indent)}{self._beside()}"
        if anchor:
            self._anchors.append(anchor.strip(" &"))
        return text

    def _scalar(self, indent: int) -> str:
        word = self.chance.choice(_WORDS)
        pad = " " * (indent + self.chance.choice((1, 2, 5)))
        match self.chance.randrange(6):
            case 0:
                return json.dumps(word, ensure_ascii=self.chance.random() < 0.5)
            case 1:
                return "'" + word.replace("'", "''") + "'"
            case 2:
                return f"plain words\n{pad}over lines\n\n{pad}and a gap"
            case 3:
                return f'"quoted \\\n{pad}\\  over # lines  \n\n{pad}end "'
            case 4:
                return f"'quoted  \n{pad}it''s: {{over}}'"
            case _:
                return self.chance.choice(("x", "two words", "1.5", "true", "~", "10", "a#b", "a:b"))

    def _block_text(self, indent: int, step: int) -> str:
        text = self.chance.choice(_TEXTS)
        lines = text.split("\n")
        last = lines.pop()
        needs = text.startswith(" ")
        mark = self.chance.choice("|>")
        chomp = self.chance.choice(("", "-", "+"))
        digit = str(step) if needs or self.chance.random() < 0.1 else ""
        header = self.chance.choice((f"{mark}{digit}{chomp}", f"{mark}{chomp}{digit}"))
        pad = " " * (indent + step)
        body = "".join(f"{pad}{line}\n" if line else "\n" for line in (*lines, *([last] if last else [])))
        beside = self.chance.choice(("\n", "\n", f" {self._comment()}\n"))
        return f"{header}{beside}{body}"

    def _flow(self, depth: int, indent: int) -> str:
        """In braces or brackets, on one line or over several."""
        broken = self.chance.random() < 0.3
        pad = "\n" + " " * (indent + self.chance.choice((1, 2, 4)))
        gap = self.chance.choice(("", "", " "))

        def parting() -> str:
            if broken:
                return self.chance.choice(
                    (pad, " ", f"\n{pad}", f" {self._comment()}{pad}", f"{pad}{self._comment()}\n{pad}")
                )
            return gap

        def value(left: int) -> str:
            kind = self.chance.randrange(4) if left else 0
            if kind == 3:
                return self._flow(left - 1, indent)
            return self.chance.choice(("x", "1", '"a, b"', "'c: d'", "two words", "null", "[]", "{}", "é"))

        keys = self.chance.sample("abcdef", self.chance.randint(0, 3))
        if self.chance.random() < 0.5:
            items: Any = [f"{key}: {value(depth)}" if key != "f" else key for key in keys]
            opening, closing = "{", "}"
        else:
            items = [value(depth) if key != "e" else f"{key}: {value(0)}" for key in keys]
            opening, closing = "[", "]"
        end = self.chance.choice(("", ",")) if items else ""
        text = opening
        for index, item in enumerate(items):
            comma = f"{self.chance.choice(('', ' ', pad) if broken else ('', ' '))},{gap or ' '}"
            text += parting() + item + (comma if items[index + 1 :] else end)
        return text + parting() + closing
