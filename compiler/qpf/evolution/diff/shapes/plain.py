"""Plain values as JSON Schema knows them: which kind each is of, in the one spelling that it has."""

from qpf.model.node import Data


def type_of(value: Data) -> str:
    """Which kind of value this is: 1.0 is an integer, true is none."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "fraction"
        case str():
            return "string"
        case list() | tuple():
            return "array"
    return "object"


def plain(value: Data) -> Data:
    """A value in the one spelling that it has: 1.0 is 1."""
    match value:
        case bool():
            return value
        case float() if value.is_integer():
            return int(value)
        case list() | tuple():
            return [plain(each) for each in value]
        case dict():
            return {key: plain(each) for key, each in value.items()}
    return value
