"""Where secrets stand in a text: one idea of them, for those who hide secrets and for those who report them.

A net for what should not be there at all: schemas hold references to secrets, never their values. Whoever
hides takes all of it, too much rather than too little; whoever reports looks at what was caught once more,
above all where only the name beside a value speaks for a secret (`Caught.certain`). So nothing is reported
that is not hidden as well.
"""

import re
from collections.abc import Iterable, Iterator
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

_WORDS = ("password", "passwd", "passphrase", "pwd", "credential")
_PAIRS = (
    "api key", "secret key", "access key", "client secret", "app secret", "shared secret", "private key",
    "signing key", "encryption key", "account key", "auth token", "access token", "refresh token",
)  # fmt: skip
_JOINED = "|".join((*_WORDS, "secret[_-]?access[_-]?key", *(pair.replace(" ", "[_-]?") for pair in _PAIRS)))
_NAMES = rf"(?:{_JOINED}|credentials|token)"
# A text without any of these, its separators taken for colons, has no such name with a value.
_NAME_WORDS = (*_WORDS, "key:", "secret:", "token:")
_SEPARATORS = str.maketrans(dict.fromkeys("= \t\n\r\"'", ":"))
_QUOTED = r"""\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\n]|'')*'?"""
_PLAIN = r"[^\s\"'{}\[\]|>&*!#,](?:[^\n,}\]#]|(?<!\s)#)*"

_BLOCK = (
    rf"^([ ]*)(?:- )?[\"']?[\w.-]{{0,64}}(?P<name>{_NAMES})[\"']?:[ ]*[|>][-+0-9]*[ ]*\n"
    r"(?P<secret>(?:\1 +[^\n]*(?:\n|\Z)|[ ]*\n)+)"
)
_NEXT_LINE = (
    rf"name:[ ]{{0,8}}[\"']?[\w.-]{{0,64}}(?P<name>{_NAMES})[\"']?[ ]*\n[ ]*[\"']?value[\"']?:[ ]{{0,8}}"
    rf"(?P<secret>{_QUOTED}|{_PLAIN})"
)
_INSIDE = "[A-Za-z0-9_-]"
"""A character that may stand in the middle of a token."""
_LINE = re.compile(r"[^\r\n]+")
_EMPTY = frozenset({"", "null", "true", "false", "none", "~"})


class Caught(NamedTuple):
    """What may be a secret.

    Attributes:
        start: Where it begins in the text, quotes included where it has some.
        end: Where it ends.
        kind: What it looks like, in words: `a GitHub token`.
        name: The name it stands under, if that is why it was caught.
        certain: Whether its form alone says so.
    """

    start: int
    end: int
    kind: str
    name: str
    certain: bool

    def lines(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it stands in the text, line by line, without spaces and quotes around it.

        Empty values are no secrets.
        """
        for line in _LINE.finditer(text, self.start, self.end):
            value = line.group()
            inner = value.strip(" \t\"'")
            if inner.lower() not in _EMPTY:
                start = line.start() + value.index(inner)
                yield start, start + len(inner)


class _Net(NamedTuple):
    """A pattern whose group `secret`, or whose whole match, is what it catches; tried only where a word is.

    One for any case is matched against the text in small letters: `re.IGNORECASE` takes five times as long.
    """

    kind: str
    words: tuple[str, ...]
    pattern: str
    certain: bool = True
    any_case: bool = False

    @property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, made when it is first needed: making all takes longer than a small fleet's texts."""
        return re.compile(self.pattern)


def _token(kind: str, word: str, pattern: str) -> _Net:
    """A token that is known by how it begins."""
    # The first letter comes first, for that is what the engine can look for quickly.
    first, rest = pattern[0], pattern[1:]
    return _Net(kind, (word,), f"{first}(?<!{_INSIDE}{first}){rest}(?!{_INSIDE})")


_NETS = (
    _Net(
        "a value under a secret's name",  # password: hunter2      "api_key": "..."      TOKEN=...
        _NAME_WORDS,
        rf"(?P<name>{_NAMES})[\"']?[ \t]{{0,8}}(?::(?!//)|=)[ \t]{{0,8}}(?P<secret>{_QUOTED}|{_PLAIN})",
        certain=False,
        any_case=True,
    ),
    _Net(
        "a value under a secret's name",  # password: |      and the lines below it that stand further in
        _NAME_WORDS,
        f"(?m){_BLOCK}",
        certain=False,
        any_case=True,
    ),
    _Net(
        "a value under a secret's name",  # - name: DB_PASSWORD      with its value on the next line
        _NAME_WORDS,
        _NEXT_LINE,
        certain=False,
        any_case=True,
    ),
    _Net(
        "a private key",
        ("private key",),
        r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?P<secret>.*?)(?:-----END|\Z)",
    ),
    _Net(
        "a password in an address",
        ("://",),
        r"://(?P<secret>[^\s/@\"'<>]+)@",
        certain=False,
    ),
    _Net(
        "an authorization header",
        ("bearer", "basic"),
        r"(?<![a-z0-9])(?P<name>bearer|basic)[ ]+(?P<secret>[a-z0-9._~+/=-]{16,})",
        certain=False,
        any_case=True,
    ),
    _Net(
        "an AWS access key",
        ("akia", "asia", "abia", "acca"),
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Z])",
    ),
    _Net(
        "a GitHub token",
        ("gho_", "ghp_", "ghr_", "ghs_", "ghu_"),
        r"(?<![A-Za-z0-9])gh[opsru]_[A-Za-z0-9]{20,}",
    ),
    _token("a GitHub token", "github_pat_", r"github_pat_[A-Za-z0-9_]{20,}"),
    _token("a GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{16,}"),
    _token("an npm token", "npm_", r"npm_[A-Za-z0-9]{30,}"),
    _token("a PyPI token", "pypi-age", r"pypi-AgE[A-Za-z0-9_-]{16,}"),
    _token("a key of a model's provider", "sk-", r"sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{16,}"),
    _token("a Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{30,}"),
    _Net("a Slack token", ("xox",), r"(?<![A-Za-z0-9])xox[abeprs]-[A-Za-z0-9-]{10,}"),
    _Net(
        "a Slack webhook",
        ("hooks.slack.com",),
        r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]{16,})",
    ),
    _Net(
        "a Stripe key",
        ("k_live_", "k_test_"),
        rf"(?<!{_INSIDE})[sr]k_(?:live|test)_[0-9A-Za-z]{{16,}}",
    ),
    _token("a Google key", "aiza", r"AIza[A-Za-z0-9_-]{35}"),
    _token("a Google client secret", "gocspx-", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    _token("a SendGrid key", "sg.", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _token("a Twilio key", "sk", r"SK[0-9a-f]{32}"),
    _Net(
        "a Telegram bot token",
        (":aa",),
        rf"(?<!{_INSIDE})[0-9]{{8,10}}:AA[A-Za-z0-9_-]{{33}}(?!{_INSIDE})",
    ),
    _token("a Vault token", "hvs.", r"hvs\.[A-Za-z0-9_-]{24,}"),
    _token("a DigitalOcean token", "dop_v1_", r"dop_v1_[a-f0-9]{64}"),
    _token("a seed of a NATS key", "s", r"S[UAONCX][A-Z2-7]{56}"),
    _token("an age key", "age-secret-key-", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _token("a JSON web token", "eyj", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}"),
)
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


def catch(text: str) -> Iterator[Caught]:
    """All that may be a secret; what two patterns catch comes twice."""
    small = text.lower() if text.isascii() else text.translate(_SMALL)
    held: dict[tuple[str, ...], bool] = {}
    for net in _NETS:
        if net.words not in held:
            looked_at = small.translate(_SEPARATORS) if net.words is _NAME_WORDS else small
            held[net.words] = any(word in looked_at for word in net.words)
        if not held[net.words]:
            continue
        pattern = net.compiled
        for match in pattern.finditer(small if net.any_case else text):
            start, end = match.span("secret" if "secret" in pattern.groupindex else 0)
            name = match.group("name") if "name" in pattern.groupindex else ""
            yield Caught(start, end, net.kind, name, net.certain)


def secrets(text: str) -> tuple[tuple[int, int], ...]:
    """Where secrets stand in a text: ranges that do not overlap, sorted, none across a line end."""
    found = [piece for each in catch(text) for piece in each.lines(text)]
    return tuple(_merged(found))


def _merged(ranges: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for start, end in sorted(ranges):
        if last is not None and start <= last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last is not None:
            yield last
        last = (start, end)
    if last is not None:
        yield last
