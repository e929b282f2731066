"""Where secrets of the environment may be sent.

An address may stand in a source, and sources are untrusted: whoever changes `qpf.yaml` must not be able to
have a password sent to a server of their own. So a secret goes only where whoever runs the command says: to
an address of theirs, or to a host that they trust.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

VARIABLE = "QPF_TRUSTED_HOSTS"


class Trust(Struct, frozen=True):
    """The secrets at hand for one address, and where they may go.

    Attributes:
        secrets: Values by the name of their variable.
        hosts: Trusted ones, as `host` or `host:port`; None if any is, because no source named the address.
        withheld: What was there and not sent, in words; for the message when something fails.
    """

    secrets: Mapping[str, str] = {}
    hosts: frozenset[str] | None = None
    withheld: set[str] = set()

    def __repr__(self) -> str:
        return f"Trust(hosts={self.hosts!r}, withheld={self.withheld!r})"

    def secret(self, variable: str, place: str) -> str:
        """The value of a variable; nothing if it is not set, or must not be sent to that host."""
        value = self.secrets.get(variable, "")
        return value if value and self.reaches(place, variable) else ""

    def reaches(self, place: str, what: str) -> bool:
        """Whether something secret may be sent to a host.

        Args:
            place: `host` or `host:port`.
            what: What it is, in words.
        """
        if self.hosts is None or not self.hosts.isdisjoint(_names(place)):
            return True
        self.withheld.add(what)
        return False

    @property
    def said(self) -> str:
        """What was not sent, and why, to be added to what went wrong; nothing if all was."""
        if not self.withheld:
            return ""
        what = " and ".join(sorted(self.withheld))
        return f"; {what}: not sent there, because a source names that host and {VARIABLE} does not"


def trusted(text: str) -> frozenset[str]:
    """The hosts that a text names, parted by spaces or commas."""
    return frozenset(each.lower() for each in text.replace(",", " ").split())


def _names(place: str) -> set[str]:
    """What a trusted host may be called: with its port and without."""
    place = place.lower()
    host = urlsplit(f"//{place}").hostname or ""
    return {place, f"[{host}]" if ":" in host else host, host}
