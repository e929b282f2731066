"""What is said of constraints that came, went, or became stricter or looser."""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Verdict
from qpf.model.node import Data
from qpf.model.schema_change import Answer
from qpf.model.wording import show

_ANSWERS: dict[str, tuple[Answer, Answer]] = {
    "added": ("no", "yes"),
    "tightened": ("no", "yes"),
    "removed": ("yes", "no"),
    "loosened": ("yes", "no"),
    "changed": ("unknown", "unknown"),
}
_ASKS = {
    "minimum": "be at least {}",
    "maximum": "be at most {}",
    "exclusiveMinimum": "be more than {}",
    "exclusiveMaximum": "be less than {}",
    "multipleOf": "be a multiple of {}",
    "minLength": "have at least {} characters",
    "maxLength": "have at most {} characters",
    "pattern": "match `{}`",
    "minItems": "have at least {} items",
    "maxItems": "have at most {} items",
    "minProperties": "have at least {} fields",
    "maxProperties": "have at most {} fields",
    "contains": "hold an item that fits `{}`",
    "minContains": "hold at least {} such items",
    "maxContains": "hold at most {} such items",
    "propertyNames": "have field names that fit `{}`",
}
_BESIDE = (
    {"minimum", "exclusiveMinimum"},
    {"maximum", "exclusiveMaximum"},
)


def verdict(fact: Fact, *words: str, incomparable: Answer = "unknown") -> Verdict | None:
    """What is said of a constraint; None if it is another one.

    Args:
        fact: The difference.
        words: The keywords that are meant.
        incomparable: Whether documents stay valid where neither of two constraints implies the other.
    """
    if fact.word not in words:
        return None
    backward, forward = _ANSWERS[fact.direction]
    if fact.direction == "changed":
        backward = forward = incomparable
    before, after = asks(_earlier(fact), fact.before), asks(fact.word, fact.after)
    messages = {"added": f"must {after} now", "removed": f"need no longer {before}"}
    message = messages.get(fact.direction, f"had to {before}, and must {after} now")
    if backward == "yes":
        return Verdict(message, backward, forward)
    return Verdict(message, backward, forward, "manual", _hint(fact, certain=backward == "no"))


def asks(word: str, value: Data) -> str:
    """What a constraint asks of a value, in words."""
    if word == "uniqueItems":
        return "hold no item twice"
    text = _ASKS[word].format(show(value))
    return text[:-1] if value == 1 and text.endswith(("characters", "items", "fields")) else text


def _earlier(fact: Fact) -> str:
    """How the earlier schema writes a bound: one that does not fit itself has a keyword of its own."""
    assert fact.old is not None
    several = next((each for each in _BESIDE if fact.word in each), {fact.word})
    return next((word for word in several if word in fact.old.words), fact.word)


def _hint(fact: Fact, *, certain: bool) -> str:
    earlier = _earlier(fact)
    keep = "leave it out" if fact.direction == "added" else f"keep `{earlier}: {show(fact.before)}`"
    if certain:
        return f"{keep}, or have a person change the documents that do not fit before they take this version"
    return f"{keep}, or check every document against the new schema: the two cannot be compared"
