"""What is said of an address that is none: how one is written, and nothing of it, which may be secret."""

import re

from qpf.api import StoreError

_END_OF_HOST = re.compile(r"[/?#]")


def no_address(url: str, form: str) -> StoreError:
    """An address is not of a form, such as `Redis: redis://host`.

    An `@` behind what is read as the host ends a password that is not escaped.
    """
    _, _, rest = url.partition("://")
    _, *behind = _END_OF_HOST.split(rest, maxsplit=1)
    escapes = "; in a password, @ is written %40, / %2F, # %23 and ? %3F" if "@" in "".join(behind) else ""
    return StoreError(f"its address is none of {form}{escapes}")
