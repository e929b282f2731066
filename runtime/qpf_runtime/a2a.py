"""An agent as an A2A server: a card that names its input ports as skills, and a JSON-RPC endpoint.

A message carries a data part (or a text part with the same as JSON): `{"port": …, "payload": {…}}`, and is
answered with a message that carries the reply's payload. Its `messageId` names the packet: the same message
sent again is one packet. Nothing is kept of it here, so there are no tasks. Needs the extra `a2a`.
"""

from a2a.helpers.proto_helpers import new_data_message
from a2a.server.context import ServerCallContext
from a2a.server.request_handlers.request_handler import validate_request_params
from a2a.server.request_handlers.response_helpers import agent_card_to_dict
from a2a.server.routes.jsonrpc_dispatcher import JsonRpcDispatcher
from a2a.types.a2a_pb2 import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    HTTPAuthSecurityScheme,
    Message,
    Part,
    SecurityRequirement,
    SecurityScheme,
    SendMessageRequest,
    StringList,
    Task,
)
from a2a.utils.constants import AGENT_CARD_WELL_KNOWN_PATH, PROTOCOL_VERSION_1_0, TransportProtocol
from a2a.utils.errors import A2AError, InternalError, InvalidParamsError
from google.protobuf.json_format import MessageToDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message as Received

from qpf_runtime.a2a_taskless import Taskless, no_task
from qpf_runtime.agent import Agent
from qpf_runtime.envelope import Json
from qpf_runtime.http import Face
from qpf_runtime.intake import Intake
from qpf_runtime.reading import parse_object, read_object
from qpf_runtime.refusal import Refusal, answer
from qpf_runtime.replies import STATUS

PATH = "/a2a"
"""Where the endpoint is."""

JSON = "application/json"


def a2a_routes(agent: Agent, face: Face, *, asks_token: bool) -> dict[str, Route]:
    """Make the card and the endpoint, by path. The card is open to all; the endpoint asks for the token."""
    dispatcher = JsonRpcDispatcher(_Exchange(Intake(agent, face.metrics)))

    async def card(request: Request) -> Response:
        described = agent_card(agent, str(request.base_url).rstrip("/") + PATH, asks_token=asks_token)
        return answer(200, agent_card_to_dict(described), {"cache-control": "no-cache", "vary": "host"})

    async def talk(request: Request) -> Response:
        # The dispatcher would read whatever comes: it gets what was read within bounds.
        raw, _ = await read_object(request)
        given = False

        async def receive() -> Received:
            nonlocal given
            if given:
                return await request.receive()
            given = True
            return {"type": "http.request", "body": raw, "more_body": False}

        return await dispatcher.handle_requests(Request(request.scope, receive))

    return {
        AGENT_CARD_WELL_KNOWN_PATH: Route(AGENT_CARD_WELL_KNOWN_PATH, card),
        PATH: Route(PATH, face.guarded(agent.name, talk), methods=["POST"]),
    }


def agent_card(agent: Agent, url: str, *, asks_token: bool) -> AgentCard:
    """Describe the agent to others: each input port is a skill.

    Args:
        agent: The agent, wired.
        url: Where its endpoint is.
        asks_token: Whether callers must bring its token.
    """
    config = agent.config
    interface = AgentInterface(
        url=url, protocol_binding=TransportProtocol.JSONRPC, protocol_version=PROTOCOL_VERSION_1_0
    )
    card = AgentCard(
        name=config.name,
        description=config.role,
        version=config.schema_version,
        supported_interfaces=[interface],
        capabilities=AgentCapabilities(streaming=False, push_notifications=False),
        default_input_modes=[JSON],
        default_output_modes=[JSON],
        skills=[
            AgentSkill(
                id=name,
                name=name.replace("_", " "),
                description=f"Takes {port.packet} packets, version {port.version}"
                + (f", and answers with {port.reply}." if port.reply else "."),
                tags=[port.packet],
                input_modes=[JSON],
                output_modes=[JSON],
            )
            for name, port in sorted(config.inputs.items())
        ],
    )
    if asks_token:
        scheme = SecurityScheme(http_auth_security_scheme=HTTPAuthSecurityScheme(scheme="bearer"))
        card.security_schemes["token"].CopyFrom(scheme)
        card.security_requirements.append(SecurityRequirement(schemes={"token": StringList()}))
    return card


class _Exchange(Taskless):
    """Turns messages into packets and replies into messages."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    @validate_request_params
    async def on_message_send(self, params: SendMessageRequest, context: ServerCallContext) -> Task | Message:  # noqa: ARG002 -- the base's
        """Hand the packet to the agent and answer with its reply."""
        try:
            if params.message.task_id:
                no_task(params.message.task_id)
            port, payload = _packet(params.message)
            reply = await self._intake.exchange(port, payload, params.message.message_id)
        except Refusal as refusal:
            raise _error(refusal.status, refusal.code, str(refusal)) from None
        if reply is None:
            return new_data_message({"accepted": True}, JSON, params.message.context_id or None)
        if reply.failed:
            code = str(reply.payload.get("code"))
            raise _error(STATUS.get(code, 500), code, str(reply.payload.get("message")))
        said = new_data_message(reply.payload, JSON, params.message.context_id or reply.correlation_id)
        said.metadata.update(
            {"kind": reply.kind, "packet_id": reply.id, "correlation_id": reply.correlation_id}
        )
        return said


def _packet(message: Message) -> tuple[str, dict[str, Json]]:
    """Read port and payload from the one part of a message that has them."""
    if len(message.parts) != 1:
        msg = "a message has one part: data, or text that is JSON"
        raise Refusal(400, "invalid_message", msg)
    given = _given(message.parts[0])
    match given:
        case {"port": str(port), "payload": dict(payload), **rest} if not rest:
            return port, payload
        case _:
            msg = 'the part must be {"port": …, "payload": {…}}'
            raise Refusal(400, "invalid_message", msg)


def _given(part: Part) -> Json:
    if part.HasField("data"):
        return _whole(MessageToDict(part.data))
    if part.HasField("text"):
        return parse_object(part.text.encode("utf-8", "surrogatepass"))
    return None


def _whole(value: Json) -> Json:
    """Give numbers back as they were sent: the protocol's data knows floating point only."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _whole(part) for name, part in value.items()}
        case list():
            return [_whole(part) for part in value]
        case _:
            return value


def _error(status: int, code: str, message: str) -> A2AError:
    kind = InvalidParamsError if status < 500 else InternalError  # noqa: PLR2004 -- whose fault it is
    return kind(f"{code}: {message}", {"code": code})
