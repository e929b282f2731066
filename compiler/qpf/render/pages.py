"""Where the page of a code is published."""

from qpf.model.diagnostic import Code
from qpf.model.policy import CORE_PREFIX


def published(pages: str, code: Code) -> str:
    """The address of a code's page; empty where pages are not published, and for codes of strangers."""
    return f"{pages}{code.id}.html" if pages and code.id.startswith(CORE_PREFIX) else ""
