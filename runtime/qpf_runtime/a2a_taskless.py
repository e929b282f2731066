# ruff: noqa: ARG002 -- the signatures are those of the library's base class
"""An A2A server without tasks: what asks for one is refused as the protocol says. Needs the extra `a2a`."""

from collections.abc import AsyncGenerator
from typing import NoReturn

from a2a.server.context import ServerCallContext
from a2a.server.events.event_queue import Event
from a2a.server.request_handlers.request_handler import RequestHandler
from a2a.types.a2a_pb2 import (
    AgentCard,
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTaskPushNotificationConfigsResponse,
    ListTasksRequest,
    ListTasksResponse,
    SendMessageRequest,
    SubscribeToTaskRequest,
    Task,
    TaskPushNotificationConfig,
)
from a2a.utils.errors import (
    A2AError,
    ExtendedAgentCardNotConfiguredError,
    PushNotificationNotSupportedError,
    TaskNotFoundError,
    UnsupportedOperationError,
)


class Taskless(RequestHandler):
    """Answers every message at once: a subclass says how."""

    def on_message_send_stream(
        self, params: SendMessageRequest, context: ServerCallContext
    ) -> AsyncGenerator[Event]:
        """Refuse: the card says that nothing is streamed."""
        return _refused(UnsupportedOperationError())

    def on_subscribe_to_task(
        self, params: SubscribeToTaskRequest, context: ServerCallContext
    ) -> AsyncGenerator[Event]:
        """Refuse: there are no tasks."""
        return _refused(TaskNotFoundError())

    async def on_get_task(self, params: GetTaskRequest, context: ServerCallContext) -> Task | None:
        """Refuse: there are no tasks."""
        no_task(params.id)

    async def on_list_tasks(self, params: ListTasksRequest, context: ServerCallContext) -> ListTasksResponse:
        """List none."""
        return ListTasksResponse()

    async def on_cancel_task(self, params: CancelTaskRequest, context: ServerCallContext) -> Task | None:
        """Refuse: there are no tasks."""
        no_task(params.id)

    async def on_create_task_push_notification_config(
        self, params: TaskPushNotificationConfig, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        """Refuse: the card says that nothing is pushed."""
        raise PushNotificationNotSupportedError

    async def on_get_task_push_notification_config(
        self, params: GetTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> TaskPushNotificationConfig:
        """Refuse: the card says that nothing is pushed."""
        raise PushNotificationNotSupportedError

    async def on_list_task_push_notification_configs(
        self, params: ListTaskPushNotificationConfigsRequest, context: ServerCallContext
    ) -> ListTaskPushNotificationConfigsResponse:
        """Refuse: the card says that nothing is pushed."""
        raise PushNotificationNotSupportedError

    async def on_delete_task_push_notification_config(
        self, params: DeleteTaskPushNotificationConfigRequest, context: ServerCallContext
    ) -> None:
        """Refuse: the card says that nothing is pushed."""
        raise PushNotificationNotSupportedError

    async def on_get_extended_agent_card(
        self, params: GetExtendedAgentCardRequest, context: ServerCallContext
    ) -> AgentCard:
        """Refuse: there is one card."""
        raise ExtendedAgentCardNotConfiguredError


def no_task(identity: str) -> NoReturn:
    """Say that there is no such task.

    Raises:
        TaskNotFoundError: Always.
    """
    msg = f"there is no task {identity[:200]}: this agent answers at once"
    raise TaskNotFoundError(msg)


async def _refused(error: A2AError) -> AsyncGenerator[Event]:
    nothing: tuple[Event, ...] = ()
    for event in nothing:
        yield event
    raise error
