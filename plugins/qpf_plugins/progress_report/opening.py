"""Opening a webhook: its URL, its settings and its token, checked before anything is sent."""

import os
from collections.abc import Mapping

from qpf.api import Sink
from qpf_plugins.progress_report.settings import settings_of
from qpf_plugins.progress_report.target import target_of
from qpf_plugins.progress_report.webhook import Webhook

TOKEN = "QPF_PROGRESS_TOKEN"  # noqa: S105 -- the name of a variable


def opened(url: str, settings: Mapping[str, object]) -> Sink:
    """Open it.

    Raises:
        ValueError: If the URL, a setting or the token cannot be meant.
    """
    token = os.environ.get(TOKEN, "").strip()  # noqa: TID251 -- a secret of this sink, of no use to the compiler
    if not (token.isascii() and token.isprintable()):
        message = f"{TOKEN} holds characters that cannot be sent"
        raise ValueError(message)
    return Webhook(target_of(url, token), settings_of(settings))
