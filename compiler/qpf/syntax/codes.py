"""Every finding that reading and binding may report.

The ranges are fixed: `QPF1` is what a text can get wrong by itself, `QPF2` and
`QPF3` what it can get wrong against a model.
"""

from qpf.model.diagnostic import Code, Severity

_ERROR = Severity.ERROR
_WARNING = Severity.WARNING

BAD_SUPPRESSION = Code(
    "QPF042",
    "bad-suppression",
    _ERROR,
    "A comment that is to accept findings does not say which, why or how long.",
)
FIRM_ERROR = Code(
    "QPF043", "firm-error", _ERROR, "A comment or a setting wants to lower or accept an error of the core."
)
EXPIRED_SUPPRESSION = Code(
    "QPF044", "expired-suppression", _WARNING, "A comment accepted findings until a day that has passed."
)
UNUSED_SUPPRESSION = Code(
    "QPF045", "unused-suppression", _WARNING, "A comment accepts findings that are not there."
)
SYNTAX_ERROR = Code("QPF101", "syntax-error", _ERROR, "The text is not YAML.")
NOT_UTF8 = Code("QPF102", "not-utf-8", _ERROR, "The file is not UTF-8.")
BYTE_ORDER_MARK = Code(
    "QPF103",
    "byte-order-mark",
    _WARNING,
    "The file begins with a byte order mark; it is read as if it did not.",
)
CRLF_LINE_ENDINGS = Code(
    "QPF104", "crlf-line-endings", _WARNING, "Lines end in CR LF; they are read as if they ended in LF."
)
CONTROL_CHARACTER = Code(
    "QPF105", "control-character", _ERROR, "The file holds a character that YAML forbids."
)
TAB_INDENTATION = Code("QPF106", "tab-indentation", _ERROR, "A tab stands where indentation must be spaces.")
DUPLICATE_KEY = Code(
    "QPF107", "duplicate-key", _ERROR, "A mapping has a key twice, or two keys that look alike."
)
NON_STRING_KEY = Code("QPF108", "non-string-key", _ERROR, "A key is a number, a boolean or null, not text.")
COMPLEX_KEY = Code("QPF109", "complex-key", _ERROR, "A key is a list, a mapping or an alias, not text.")
MERGE_KEY = Code(
    "QPF110", "merge-key", _ERROR, "A merge key `<<` is used; layers are merged by qpf, not by YAML."
)
EXPLICIT_TAG = Code("QPF111", "explicit-tag", _ERROR, "A tag is used; documents are plain data.")
UNKNOWN_ANCHOR = Code(
    "QPF112", "unknown-anchor", _ERROR, "An alias names an anchor that does not come before it."
)
RECURSIVE_ALIAS = Code("QPF113", "recursive-alias", _ERROR, "An alias stands inside the value that it names.")
SEVERAL_DOCUMENTS = Code("QPF114", "several-documents", _ERROR, "The file holds more than one document.")
EMPTY_DOCUMENT = Code("QPF115", "empty-document", _ERROR, "The file says nothing.")
NOT_A_MAPPING = Code("QPF116", "not-a-mapping", _ERROR, "The document is not a mapping of keys to values.")
NON_FINITE_NUMBER = Code("QPF117", "non-finite-number", _ERROR, "A number is infinite or not a number.")
NUMBER_TOO_LONG = Code("QPF118", "number-too-long", _ERROR, "An integer has more than 20 digits.")
LEADING_ZERO = Code(
    "QPF119", "leading-zero", _WARNING, "A plain integer begins with 0; older readers take it for octal."
)
DIRECTIVE = Code("QPF120", "yaml-directive", _ERROR, "A directive other than `%YAML 1.2` is used.")
TOO_LARGE = Code("QPF121", "document-too-large", _ERROR, "The file is larger than 4 MiB.")
TOO_DEEP = Code("QPF122", "too-deep", _ERROR, "Values are nested more than 100 levels deep.")
TOO_MANY_NODES = Code(
    "QPF123", "too-many-values", _ERROR, "The document holds more values than the budget allows."
)
ALIAS_BOMB = Code("QPF124", "alias-expansion", _ERROR, "Aliases expand to more than the budget allows.")
LINE_SEPARATOR = Code(
    "QPF125",
    "ambiguous-line-break",
    _ERROR,
    "A character ends the line for some YAML readers and not for others.",
)

UNKNOWN_KEY = Code("QPF201", "unknown-key", _ERROR, "A key is not part of the schema.")
MISSING_KEY = Code("QPF203", "missing-key", _ERROR, "A required key is absent.")
WRONG_TYPE = Code("QPF301", "wrong-type", _ERROR, "A value has another type than the schema says.")
INVALID_VALUE = Code("QPF302", "invalid-value", _ERROR, "A value has the right type and is not allowed.")
MODEL_CRASHED = Code(
    "QPF303", "model-crashed", _ERROR, "A plugin's model raised an exception while it looked at a value."
)

READER_CODES: tuple[Code, ...] = (
    SYNTAX_ERROR, NOT_UTF8, BYTE_ORDER_MARK, CRLF_LINE_ENDINGS, CONTROL_CHARACTER, TAB_INDENTATION,
    DUPLICATE_KEY, NON_STRING_KEY, COMPLEX_KEY, MERGE_KEY, EXPLICIT_TAG, UNKNOWN_ANCHOR, RECURSIVE_ALIAS,
    SEVERAL_DOCUMENTS, EMPTY_DOCUMENT, NOT_A_MAPPING, NON_FINITE_NUMBER, NUMBER_TOO_LONG, LEADING_ZERO,
    DIRECTIVE, TOO_LARGE, TOO_DEEP, TOO_MANY_NODES, ALIAS_BOMB, LINE_SEPARATOR,
)  # fmt: skip
