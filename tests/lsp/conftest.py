"""A server and an editor for each test, with a fleet of its own."""

import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types as lsp
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from pytest_lsp.client import make_test_lsp_client

from tests.lsp.editor import Editor

FLEETS = Path(__file__).parent.parent / "fleets"
COMMAND = [sys.executable, "-m", "qpf", "lsp"]


@pytest.fixture
def fleet() -> str:
    """The fleet that is edited; a test may choose another by `parametrize`."""
    return "tiny"


@pytest.fixture
def encoding() -> str:
    """What the editor counts in."""
    return "utf-16"


@pytest.fixture
def root(fleet: str, tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    shutil.copytree(FLEETS / fleet, root)
    return root


def make_client() -> LanguageClient:
    """A client that lets itself be asked to watch files."""
    client = make_test_lsp_client()

    @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def register(params: lsp.RegistrationParams) -> None:
        client.registered = params.registrations  # type: ignore[attr-defined]  # kept for tests to look at

    return client


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND, client_factory=make_client))
async def client(lsp_client: LanguageClient, root: Path, encoding: str) -> AsyncIterator[None]:
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.general is not None
    capabilities.general.position_encodings = [lsp.PositionEncodingKind(encoding)]
    await lsp_client.initialize_session(
        lsp.InitializeParams(
            capabilities=capabilities, workspace_folders=[lsp.WorkspaceFolder(root.as_uri(), "fleet")]
        )
    )
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def editor(client: LanguageClient, root: Path, encoding: str) -> Editor:
    return Editor(client, root, encoding)


@pytest_lsp.fixture(
    scope="module",
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "qpf", "-C", str(FLEETS), "lsp"], client_factory=make_client
    ),
)
async def shared(lsp_client: LanguageClient) -> AsyncIterator[None]:
    """A server for all tests of a module, each with a fleet of its own."""
    capabilities = client_capabilities("visual-studio-code")
    await lsp_client.initialize_session(lsp.InitializeParams(capabilities=capabilities))
    yield
    await lsp_client.shutdown_session()
