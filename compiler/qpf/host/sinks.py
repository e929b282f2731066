"""A plugin's sink behind a guard: whatever it does wrong is one sentence when the run ends."""

import logging
from typing import Any

from qpf.host import crash
from qpf.host.address import masked
from qpf.host.plugin import Registered
from qpf.host.shape import kind_of
from qpf.model.event import Event, Notifier, Sink, SinkOptions

_log = logging.getLogger(__name__)


class GuardedSink:
    """A sink of a plugin; one that raised is told nothing more."""

    def __init__(self, entry: Registered[Notifier], options: SinkOptions, sink: Sink) -> None:
        self._entry = entry
        self._options = options
        self._sink = sink
        self._fault = ""

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        if self._fault:
            return
        try:
            self._sink(event)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
            self._fault = self._crashed(error)

    def close(self) -> str:
        """Let it deliver what is left; gives one sentence about what went wrong, or nothing."""
        try:
            said: object = self._sink.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # as above
            return self._fault or self._crashed(error)
        if self._fault:
            return self._fault
        if not isinstance(said, str):
            return f"plugin `{self._entry.plugin}` said {kind_of(said)} where a sentence belongs"
        return masked(said, self._options.url) + self._options.trust.said if said else ""

    def _crashed(self, error: BaseException) -> str:
        return _crashed(self._entry, self._options.url, error)


def open_sink(entry: Registered[Notifier], options: SinkOptions) -> GuardedSink:
    """Open a sink.

    Raises:
        ValueError: If it cannot be opened, whatever the plugin raises; says why, without secrets.
    """
    url = options.url
    try:
        sink: Any = entry.value.open(options)
    except KeyboardInterrupt:
        raise
    except ValueError as error:
        raise ValueError(masked(str(error), url)) from None
    except BaseException as error:  # noqa: BLE001  # as above
        raise ValueError(_crashed(entry, url, error)) from None
    if not callable(sink) or not callable(getattr(sink, "close", None)):
        msg = f"plugin `{entry.plugin}` handed over {kind_of(sink)}, which is no sink"
        raise ValueError(msg)  # noqa: TRY004 -- callers expect one kind of error, whatever a plugin does
    return GuardedSink(entry, options, sink)


def _crashed(entry: Registered[Notifier], url: str, error: BaseException) -> str:
    _log.debug("sink %s of plugin %s crashed", entry.value.scheme, entry.plugin, exc_info=error)
    return masked(f"plugin `{entry.plugin}` crashed: {crash.cause(error)}", url)
