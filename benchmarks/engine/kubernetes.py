"""Kubernetes objects alone: a fleet whose only target they are, beside languages made for that."""

from collections.abc import Callable, Iterator

from benchmarks.engine.bench import Bench, edit, output
from benchmarks.engine.turns import beside, take_turns
from benchmarks.measure import Row
from benchmarks.peers import kustomize, objects
from benchmarks.peers.install import MissingPeerError

TARGET = "ratio <= 1"


def kubernetes_only(bench: Bench) -> Iterator[Row]:
    """Compile a fleet to Kubernetes objects; ours must be no slower than any peer.

    kustomize does not go with the others in turns of five if one run of it takes long.
    """
    sources = bench.sources()
    edit(sources / "qpf.yaml", "[python_agent, kubernetes]", "[kubernetes]")
    environment = output(bench.compiled(sources))
    missing: list[str] = []
    others: dict[str, Callable[[], float]] = {}
    for name, make in (("rjsonnet", objects.rjsonnet), ("KCL", objects.kcl)):
        try:
            peer = make(environment, bench.agents, bench.folder / name)
        except MissingPeerError as error:
            missing.append(str(error))
        else:
            peer.check(environment)
            others[name] = peer.render
    try:
        others["kubectl kustomize"] = kustomize.render(environment)
    except MissingPeerError as error:
        missing.append(str(error))
    figures = take_turns({"qpf": bench.cold(sources)}, others, bench.runs)
    for name in (*others, *missing):
        yield beside(f"kubernetes-only-{bench.agents}", figures["qpf"], name, figures.get(name), TARGET)
