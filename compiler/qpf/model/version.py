"""Versions of schemas: three numbers, `6.10.0`."""

import re
from typing import TypeGuard

VERSION = r"[0-9]{1,18}\.[0-9]{1,18}\.[0-9]{1,18}"
"""What one looks like."""
STEP = re.compile(rf"({VERSION})\s*(?:->|→)\s*({VERSION})")
"""From one to another, as people write it: `5.9.0 -> 6.0.0`."""

_VERSION = re.compile(VERSION)


def is_version(value: object) -> TypeGuard[str]:
    """Whether a value is the text of a version."""
    return isinstance(value, str) and _VERSION.fullmatch(value) is not None


def order(version: str) -> tuple[int, ...]:
    """What versions are ordered by: `6.10.0` comes after `6.9.0`."""
    return tuple(int(part) for part in version.split("."))
