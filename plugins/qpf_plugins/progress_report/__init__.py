"""Reports the progress of a compile to a webhook, `http` or `https`.

Loading the plugin loads nothing that speaks HTTP; a webhook does when it is opened.
"""

from qpf.api import Notifier, Sink, SinkOptions, hookimpl


def open_webhook(options: SinkOptions) -> Sink:
    """Open one; nothing is sent before the first event.

    Raises:
        ValueError: If the URL, a setting or the token cannot be meant.
    """
    from qpf_plugins.progress_report.opening import opened  # noqa: PLC0415 -- loaded where it is needed only

    return opened(options)


@hookimpl
def qpf_notifiers() -> list[Notifier]:
    """Both kinds."""
    return [Notifier("http", open_webhook), Notifier("https", open_webhook)]
