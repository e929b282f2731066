"""Emitter `messaging`: what the bus between agents is made of, for servers, clusters and readers.

Streams, consumers and permissions follow from the glue and from what each agent says about its delivery;
nothing here talks to a server.
"""

from qpf.api import Emitter, Pass, hookimpl
from qpf_plugins.messaging import unusable_bus_name
from qpf_plugins.messaging.emit import emit_agent, emit_environment
from qpf_plugins.messaging.options import NAME, Options


@hookimpl
def qpf_emitters() -> list[Emitter]:
    """The emitter."""
    return [
        Emitter(NAME, codes=(), emit_agent=emit_agent, emit_environment=emit_environment, options=Options)
    ]


@hookimpl
def qpf_passes() -> list[Pass]:
    """The rule about names."""
    return [unusable_bus_name.PASS]
