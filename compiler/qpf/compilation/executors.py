"""From what `--executor` says to a pool behind a guard: opened when there is work, and at worst a sentence.

Whatever a plugin raises or hands over, its callers see answers or an `ExecutorError` that names the executor,
and nothing of its address that may be a secret.
"""

import logging
from collections.abc import Iterable, Iterator

from qpf.host import crash
from qpf.host.address import masked
from qpf.host.codes import UNKNOWN_SCHEME
from qpf.host.plugin import Registered
from qpf.host.registry import Registry
from qpf.host.shape import kind_of
from qpf.model.address import place_of
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.executor import Executor, ExecutorError, Pool, Work
from qpf.model.nearest import did_you_mean

_log = logging.getLogger(__name__)


def executor_of(text: str, registry: Registry, jobs: int) -> Outcome[Pool | None]:
    """Find who is asked for; nobody is started before the first order.

    Args:
        text: `SCHEME` or `SCHEME:ADDRESS`.
        registry: What plugins registered.
        jobs: How many processes may work on this machine.
    """
    scheme, _, address = text.partition(":")
    known = {entry.value.scheme: entry for entry in registry.executors}
    if scheme not in known:
        found = Diagnostic(
            UNKNOWN_SCHEME,
            f"no installed plugin has an executor `{scheme}`",
            hint=did_you_mean(scheme, known) or "leave `--executor` out to compile on this machine",
        )
        return Outcome(None, Report((found,)))
    return Outcome(GuardedPool(known[scheme], address, jobs))


class GuardedPool:
    """A pool of a plugin."""

    def __init__(self, entry: Registered[Executor], address: str, jobs: int) -> None:
        self._entry = entry
        self._address = address
        self._jobs = jobs
        self._pool: Pool | None = None
        self._lost: ExecutorError | None = None

    def run(self, work: Work, orders: Iterable[bytes]) -> Iterator[tuple[int, bytes | ExecutorError]]:
        """See `Pool`; every order has at most one answer. Who failed once is not asked again."""
        if self._lost is not None:
            raise self._lost
        waiting: set[int] = set()
        try:
            if self._pool is None:
                self._pool = self._entry.value.open(self._address, self._jobs)
            for answer in self._pool.run(work, _counted(orders, waiting)):
                number, said = self._checked(answer)
                if number in waiting:
                    waiting.remove(number)
                    yield number, said
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
            self._lost = self._as_executor_error(error)
            raise self._lost from None

    def close(self) -> None:
        """Let everybody go; nobody waits for what they still do, so that nothing of it matters."""
        pool, self._pool = self._pool, None
        try:
            if pool is not None:
                pool.close()
        except Exception as error:  # noqa: BLE001  # a plugin may raise anything
            _log.debug("executor of plugin %s does not close", self._entry.plugin, exc_info=error)

    def _checked(self, answer: object) -> tuple[int, bytes | ExecutorError]:
        match answer:
            case (int() as number, bytes() as said):
                return number, said
            case (int() as number, ExecutorError() as error):
                return number, self._as_executor_error(error)
        message = f"plugin `{self._entry.plugin}` handed over {kind_of(answer)}, which is no answer"
        raise ExecutorError(message)

    def _as_executor_error(self, error: BaseException) -> ExecutorError:
        said = str(error)
        if not isinstance(error, ExecutorError):
            _log.debug("executor of plugin %s crashed", self._entry.plugin, exc_info=error)
            said = f"plugin `{self._entry.plugin}` crashed: {crash.cause(error)}"
        place = f" at {place_of(self._address)}" if self._address else ""
        return ExecutorError(f"{self._entry.value.scheme}{place}: {masked(said, self._address)}")


def _counted(orders: Iterable[bytes], waiting: set[int]) -> Iterator[bytes]:
    """Orders as they are taken, with note of their numbers."""
    for number, order in enumerate(orders):
        waiting.add(number)
        yield order
