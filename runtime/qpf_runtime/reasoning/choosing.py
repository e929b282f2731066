"""Which engine an agent reasons with."""

import logging
from typing import Literal

from qpf_runtime.config import ReasoningConfig
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.reasoning.means import Means
from qpf_runtime.reasoning.offline import OfflineReasoner
from qpf_runtime.reasoning.tools import resolve
from qpf_runtime.reasoning.verdict import Reasoner

OFFLINE = "offline:deterministic"

Models = Literal["declared", "offline"]

log = logging.getLogger("qpf_runtime.reasoning")


def choose_reasoner(
    config: ReasoningConfig, models: Models = "declared", means: Means | None = None
) -> Reasoner | None:
    """Make the engine the schema names; None if the agent does not reason.

    Args:
        config: What the schema says.
        models: `declared` refuses an engine that cannot be had here, `offline` uses the deterministic one
            instead and says so.
        means: What an engine that asks a model works with.

    Raises:
        ConfigurationError: Naming the model and the remedy, if it cannot be had: nobody knows the provider,
            its library or its key is missing, or a tool does not exist.
    """
    if config.primary_model is None:
        return None
    if config.primary_model == OFFLINE:
        return OfflineReasoner(config.weights)
    if models == "offline":
        said = f'reasoningengine.primary_model is "{config.primary_model}"'
        log.warning("models=offline: %s; %s reasons instead", said, OFFLINE)
        return OfflineReasoner(config.weights)
    lent = means or Means()
    tools = resolve(config.tools, lent.agent)
    try:
        # Agents that reason offline do without the model library, and it takes a second to import.
        from qpf_runtime.reasoning.model import ModelReasoner  # noqa: PLC0415 -- as said
        from qpf_runtime.reasoning.providers import open_model  # noqa: PLC0415 -- as said
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pydantic_ai":
            raise
        msg = (
            f'reasoningengine.primary_model is "{config.primary_model}", and pydantic-ai is not installed: '
            'install "qpf-runtime[llm]"'
        )
        raise ConfigurationError(msg) from None
    opened = open_model(config.primary_model, config.modelversion, lent.variables)
    return ModelReasoner(opened.model, config, lent, tools, opened.secrets | lent.secrets)
