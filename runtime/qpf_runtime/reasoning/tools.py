"""What a model may call: the tools of the schema, found when the agent starts, and nothing else."""

import importlib
import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from pydantic_core import to_json

from qpf_runtime.config import ReasoningTool
from qpf_runtime.errors import ConfigurationError

LONGEST = 16_000
"""Characters of a tool's answer that a model gets; the rest is cut off, and it is told so."""

Bound = Callable[..., Awaitable[object]]
"""A tool without its first argument, the agent."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, ready to be called.

    Attributes:
        name: What the model calls it.
        description: What the model is told of it.
        call: Takes the arguments the model chose, checked against their annotations.
    """

    name: str
    description: str
    call: Bound


def resolve(tools: Mapping[str, ReasoningTool], agent: object) -> tuple[Tool, ...]:
    """Find the code behind each tool.

    The modules are the fleet's hand-written ones, imported by their names, as emitted components import them.

    Raises:
        ConfigurationError: If a tool is not there, or cannot be called as tools are.
    """
    return tuple(
        Tool(name, tool.description, _bind(_found(name, tool.implementation), agent))
        for name, tool in tools.items()
    )


def _found(name: str, implementation: str) -> Bound:
    said = f'reasoningengine.tools.{name}.implementation is "{implementation}"'
    module, _, function = implementation.partition(":")
    # Nothing is written next to the sources: they are a product.
    quiet, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        found: object = getattr(importlib.import_module(module), function, None)
    except Exception as error:
        msg = f"{said}, and {module} cannot be imported: {type(error).__name__}: {error}"
        raise ConfigurationError(msg) from error
    finally:
        sys.dont_write_bytecode = quiet
    if found is None:
        msg = f"{said}, and {module} has no {function}"
        raise ConfigurationError(msg)
    if not inspect.iscoroutinefunction(found) or not inspect.signature(found).parameters:
        msg = f"{said}: a tool must be an `async def {function}(agent, …)`"
        raise ConfigurationError(msg)
    return found


def _bind(function: Bound, agent: object) -> Bound:
    signature = inspect.signature(function)
    chosen = list(signature.parameters.values())[1:]

    @wraps(function)
    async def call(**arguments: object) -> object:
        return _bounded(await function(agent, **arguments))

    # What is asked of the model is everything but the agent.
    call.__dict__["__signature__"] = signature.replace(parameters=chosen)
    return call


def _bounded(answer: object) -> object:
    text = to_json(answer, fallback=str).decode("utf-8", "replace")
    if len(text) <= LONGEST:
        return answer
    return f"{text[:LONGEST]} … cut off: {len(text) - LONGEST} characters more"
