"""The fleet of an environment, to be run in this process."""

import os
from collections.abc import Sequence

from qpf_plugins.local_run.place import Place
from qpf_runtime.fleet import LocalFleet


def fleet_here(place: Place, agents: Sequence[str] = (), *, local: bool) -> LocalFleet:
    """Read a compiled fleet, or the named agents of it.

    Args:
        place: The environment.
        agents: Who runs; all, if none are named.
        local: Whether everything stays on this machine, whatever the schema says.

    Raises:
        NotCompiledError: If there is none.
        UnknownNameError: If an agent is not in it.
        ConfigurationError: If an address of a store makes no sense.
    """
    return LocalFleet(
        place.folder,
        agents or None,
        stores="local" if local else "declared",
        models="offline" if local else "declared",
        # The edge: addresses of stores and keys of models are in the person's shell.
        variables=dict(os.environ),  # noqa: TID251 -- agents are told what we were told
    )
