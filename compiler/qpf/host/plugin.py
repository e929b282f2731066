"""A loaded plugin, and a value with the plugin that registered it."""

from typing import Generic, TypeVar

from msgspec import Struct

T_co = TypeVar("T_co", covariant=True)


class Plugin(Struct, frozen=True):
    """One loaded plugin.

    Attributes:
        name: Its entry point's name.
        distribution: The distribution it was installed with.
        version: That distribution's version.
        package: The import package its files live in.
    """

    name: str
    distribution: str
    version: str
    package: str


class Registered(Struct, Generic[T_co], frozen=True):
    """A registered value with its owner.

    Attributes:
        plugin: Who registered it.
        value: What was registered.
        package: The plugin's import package: where to look for the line that crashed.
        taken: Prefixes of codes that a fleet may not give out, where that is what the value reports.
    """

    plugin: str
    value: T_co
    package: str = ""
    taken: frozenset[str] = frozenset()
