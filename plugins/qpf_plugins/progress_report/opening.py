"""Opening a webhook: its URL, its settings and its token, checked before anything is sent."""

from qpf.api import Sink, SinkOptions
from qpf_plugins.progress_report.settings import settings_of
from qpf_plugins.progress_report.target import target_of
from qpf_plugins.progress_report.webhook import Webhook

TOKEN = "QPF_PROGRESS_TOKEN"  # noqa: S105 -- the name of a variable


def opened(options: SinkOptions) -> Sink:
    """Open it.

    Raises:
        ValueError: If the URL, a setting or the token cannot be meant.
    """
    target = target_of(options.url)
    token = options.trust.secret(TOKEN, target.place).strip()
    if not (token.isascii() and token.isprintable()):
        message = f"{TOKEN} holds characters that cannot be sent"
        raise ValueError(message)
    return Webhook(target.bearing(token) if token else target, settings_of(options.settings))
