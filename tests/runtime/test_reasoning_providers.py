"""A model by its name: the provider's client, its key from its own variable, and who says what is missing."""

from contextlib import suppress
from types import SimpleNamespace

import pytest
from pydantic_ai.exceptions import UserError
from pydantic_ai.providers import infer_provider_class

from qpf_runtime.config import ReasoningConfig, ReasoningTool
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.reasoning import OfflineReasoner, choose_reasoner, providers
from qpf_runtime.reasoning.providers import PROVIDERS, model_id, open_model

KEY = "key-of-nobody-0123456789"


@pytest.mark.parametrize(
    ("version", "asked"),
    [
        ("20250929", "anthropic:claude-sonnet-4-5-20250929"),
        ("latest", "anthropic:claude-sonnet-4-5"),
        ("4-5", "anthropic:claude-sonnet-4-5"),
    ],
)
def test_a_pinned_version_is_part_of_the_name_that_is_asked_for(version, asked):
    assert model_id("anthropic:claude-sonnet-4-5", version) == asked


@pytest.fixture
def opened(monkeypatch):
    """What clients were made with, and models asked for; every client is installed."""
    seen = SimpleNamespace(keys=[], models=[], retries=[])

    class Provider:
        def __init__(self, api_key=None):
            seen.keys.append(api_key)
            if api_key == "wrong-key-0123":
                msg = f"{api_key} is no key\nsee our pages"
                raise UserError(msg)
            self.client = SimpleNamespace(max_retries=2)

    def infer(name, factory):
        seen.models.append(name)
        seen.retries.append(factory(name.partition(":")[0]).client.max_retries)

    monkeypatch.setattr(providers, "infer_provider_class", lambda _name: Provider)
    monkeypatch.setattr(providers, "infer_model", infer)
    return seen


def test_the_key_is_the_providers_own_variable_and_nobody_may_read_it(opened):
    found = open_model(
        "anthropic:claude", "20250929", {"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": "other-key"}
    )
    assert (opened.keys, opened.models) == ([KEY], ["anthropic:claude-20250929"])
    assert {KEY, "other-key"} <= found.secrets
    assert KEY not in repr(found)


def test_a_key_can_be_a_file(opened, tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    found = open_model("mistral:small", "latest", {"MISTRAL_API_KEY_FILE": str(file)})
    assert opened.keys == [KEY]
    assert KEY in found.secrets


def test_clients_do_not_repeat_calls_themselves(opened):
    open_model("openai:gpt", "latest", {"OPENAI_API_KEY": KEY})
    assert opened.retries == [0]


@pytest.mark.usefixtures("opened")
def test_a_missing_key_is_found_at_the_start_naming_model_and_variable():
    with pytest.raises(ConfigurationError) as caught:
        open_model("anthropic:claude", "latest", {})
    assert str(caught.value) == (
        'reasoningengine.primary_model is "anthropic:claude", and there is no key for it: '
        "set ANTHROPIC_API_KEY (or ANTHROPIC_API_KEY_FILE)"
    )


def test_who_needs_no_key_gets_none(opened):
    open_model("ollama:llama", "latest", {})
    assert opened.keys == [None]


def test_a_provider_that_is_not_listed_is_asked_with_the_key_its_name_tells(opened):
    open_model("some-cloud:llama", "latest", {"SOME_CLOUD_API_KEY": KEY})
    assert (opened.keys, opened.models) == ([KEY], ["some-cloud:llama"])


@pytest.mark.usefixtures("opened")
def test_what_a_client_complains_about_is_told_without_the_key():
    with pytest.raises(ConfigurationError, match=r"cannot be opened: \*\*\* is no key$"):
        open_model("groq:fast", "latest", {"GROQ_API_KEY": "wrong-key-0123"})


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_missing_client_is_found_at_the_start_naming_model_extra_and_variable(name, monkeypatch):
    def not_installed(_name):
        msg = "No module named 'client'"
        raise ImportError(msg)

    monkeypatch.setattr(providers, "infer_provider_class", not_installed)
    with pytest.raises(ConfigurationError) as caught:
        open_model(f"{name}:clever", "latest", {})
    access = PROVIDERS[name]
    assert f'reasoningengine.primary_model is "{name}:clever", and the client of {name}' in str(caught.value)
    assert f'install "pydantic-ai-slim[{access.extra}]"' in str(caught.value)
    assert all(variable in str(caught.value) for variable in access.variables)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_provider_here_is_one_of_the_library(name):
    """A name the library does not know raises ValueError; a client that is not installed, ImportError."""
    with suppress(ImportError):
        infer_provider_class(name)


def test_an_unknown_provider_is_refused_with_those_that_are_known():
    with pytest.raises(ConfigurationError, match=r'"acme:clever-1": no provider acme is known; .*anthropic'):
        choose_reasoner(ReasoningConfig(primary_model="acme:clever-1"))


def test_without_the_library_the_agent_says_which_extra_brings_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "qpf_runtime.reasoning.model", None)
    real = __import__

    def lacks(name, *rest, **more):
        if name == "qpf_runtime.reasoning.model":
            raise ModuleNotFoundError(name="pydantic_ai")
        return real(name, *rest, **more)

    monkeypatch.setattr("builtins.__import__", lacks)
    with pytest.raises(
        ConfigurationError, match=r'"openai:gpt", and pydantic-ai is not .*"qpf-runtime\[llm\]"'
    ):
        choose_reasoner(ReasoningConfig(primary_model="openai:gpt"))


def test_offline_runs_need_neither_key_nor_tools():
    tool = ReasoningTool(description="Tells nothing.", implementation="nowhere.at_all:tool")
    config = ReasoningConfig(primary_model="anthropic:claude", tools={"lost": tool})
    assert isinstance(choose_reasoner(config, "offline"), OfflineReasoner)
