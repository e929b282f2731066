"""Opens the model a schema names, with the key its provider's own variable holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, infer_model
from pydantic_ai.providers import Provider, infer_provider_class

from qpf_runtime.errors import ConfigurationError
from qpf_runtime.logs import secrets_of
from qpf_runtime.surroundings import secret

LATEST = "latest"

OPENAI = "openai"
"""The client most providers are spoken to with."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a provider is reached.

    Attributes:
        extra: The extra of `pydantic-ai-slim` that brings its client.
        variables: Where its key is looked for, the first that is set; NAME or NAME_FILE.
        keyless: Whether it can do without: it is on this machine, or its client signs in by other means.
    """

    extra: str
    variables: tuple[str, ...] = ()
    keyless: bool = False


PROVIDERS: Mapping[str, Access] = {
    "anthropic": Access("anthropic", ("ANTHROPIC_API_KEY",)),
    "azure": Access(OPENAI, ("AZURE_OPENAI_API_KEY",)),
    "bedrock": Access("bedrock", ("AWS_BEARER_TOKEN_BEDROCK",), keyless=True),
    "cerebras": Access("cerebras", ("CEREBRAS_API_KEY",)),
    "cohere": Access("cohere", ("CO_API_KEY",)),
    "deepseek": Access(OPENAI, ("DEEPSEEK_API_KEY",)),
    "fireworks": Access(OPENAI, ("FIREWORKS_API_KEY",)),
    "google": Access("google", ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
    "google-cloud": Access("google", ("GOOGLE_API_KEY",), keyless=True),
    "groq": Access("groq", ("GROQ_API_KEY",)),
    "huggingface": Access("huggingface", ("HF_TOKEN",)),
    "mistral": Access("mistral", ("MISTRAL_API_KEY",)),
    "ollama": Access(OPENAI, ("OLLAMA_API_KEY",), keyless=True),
    "openai": Access(OPENAI, ("OPENAI_API_KEY",)),
    "openai-chat": Access(OPENAI, ("OPENAI_API_KEY",)),
    "openai-responses": Access(OPENAI, ("OPENAI_API_KEY",)),
    "openrouter": Access("openrouter", ("OPENROUTER_API_KEY",)),
    "together": Access(OPENAI, ("TOGETHER_API_KEY",)),
    "xai": Access("xai", ("XAI_API_KEY",)),
}
"""Those in common use; pydantic-ai knows more."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A model, and what nobody may read of all the process was told."""

    model: Model
    secrets: frozenset[str] = field(repr=False)


def model_id(primary_model: str, version: str) -> str:
    """Tell what is asked for: the name, and the version if one is pinned.

    `anthropic:claude-sonnet-4-5` with `20250929` is `anthropic:claude-sonnet-4-5-20250929`; `latest` adds
    nothing, and a version the name ends in already is not added again.
    """
    if version == LATEST or primary_model.endswith(f"-{version}"):
        return primary_model
    return f"{primary_model}-{version}"


def open_model(primary_model: str, version: str, variables: Mapping[str, str]) -> Opened:
    """Make ready to call a model; nothing is called yet.

    Args:
        primary_model: `provider:name`.
        version: The model's version, or `latest`.
        variables: The environment variables of the process.

    Raises:
        ConfigurationError: If nobody knows the provider, or its client or key is missing; says what to do.
    """
    said = f'reasoningengine.primary_model is "{primary_model}"'
    name = primary_model.partition(":")[0]
    access = PROVIDERS.get(name) or _by_convention(name)
    where = " or ".join(f"{variable} (or {variable}_FILE)" for variable in access.variables)
    needs = f'install "pydantic-ai-slim[{access.extra}]"; its key is read from {where}'
    key = next((found for each in access.variables if (found := secret(variables, each))), None)

    def make(provider: str) -> Provider[Any]:
        kind: type[Any] = infer_provider_class(provider)
        made: Provider[Any] = kind(api_key=key) if key else kind()
        _without_retries(made.client)
        return made

    try:
        # The client is looked for before the key: who lacks both needs to know both.
        _known(name, said)
        if key is None and not access.keyless:
            msg = f"{said}, and there is no key for it: set {where}"
            raise ConfigurationError(msg)
        model = infer_model(model_id(primary_model, version), make)
    except ImportError:
        msg = f"{said}, and the client of {name} is not installed: {needs}"
        raise ConfigurationError(msg) from None
    except (TypeError, UserError, ValueError) as error:
        # What a client complains about may quote the key.
        told = str(error).replace(key, "***") if key else str(error)
        msg = f"{said}, and it cannot be opened: {told.partition(chr(10))[0]}"
        raise ConfigurationError(msg) from None
    return Opened(model, secrets_of(variables) | ({key} if key else frozenset()))


def _by_convention(name: str) -> Access:
    """Guess how a provider is reached that is not listed; its client says what else it needs."""
    return Access(OPENAI, (f"{name.upper().replace('-', '_')}_API_KEY",), keyless=True)


def _without_retries(client: Any) -> None:
    """Tell a client not to repeat calls by itself: the schema's failure policy does, and counts them."""
    if hasattr(client, "max_retries"):
        client.max_retries = 0
    elif hasattr(client, "meta"):  # boto3, whose clients take no such setting once they are made
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.unregister(f"needs-retry.{service}", unique_id=f"retry-config-{service}")


def _known(name: str, said: str) -> None:
    try:
        infer_provider_class(name)
    except ValueError:
        known = ", ".join(["offline", *sorted(PROVIDERS)])
        msg = f"{said}: no provider {name} is known; some that are: {known}"
        raise ConfigurationError(msg) from None
