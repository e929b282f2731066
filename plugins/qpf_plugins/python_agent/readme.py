"""The README of an agent: what it does, what it is connected to, who watches it, how to run it."""

from collections.abc import Iterable, Mapping

from qpf.api import Data
from qpf_plugins.python_agent.anatomy import Anatomy
from qpf_plugins.python_agent.prose import markdown, sentence


def readme_values(anatomy: Anatomy) -> dict[str, str]:
    """What the template of `README.md` is given; every text is safe Markdown."""
    values = anatomy.agent.values
    system, deployment = values["system"], values["deployment"]
    return {
        "name": anatomy.name,
        "environment": anatomy.environment.name,
        "title": markdown(system["title"]),
        "role": markdown(sentence(anatomy.agent.role)) or "Its schema gives no role.",
        "owner": markdown(system["owner"]),
        "criticality": system["criticality"],
        "base": anatomy.agent.base,
        "subs": ", ".join([f"`{name}`" for name in anatomy.agent.subs]) or "none",
        "diagram": _diagram(anatomy),
        "inputs": _inputs(anatomy),
        "outputs": _outputs(anatomy),
        "methods": _methods(anatomy),
        "governance": _governance(values["governance"]),
        "memory": _table(
            ("memory", "kept in", "purpose"),
            (
                (name, f"`{memory['storagetype']}`", markdown(memory["purpose"]))
                for name, memory in values["memorytopology"].items()
            ),
        ),
        "port": str(deployment["port"]),
        "example": next(iter(anatomy.inputs), ""),
        "secrets": ", ".join([f"`{name}`" for name in deployment["secrets"]]) or "none",
    }


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    body = "".join([f"| {' | '.join(row)} |\n" for row in rows])
    return f"| {' | '.join(head)} |\n|{' --- |' * len(head)}\n{body}" if body else "None.\n"


def _inputs(anatomy: Anatomy) -> str:
    senders: dict[str, list[str]] = {}
    for each in anatomy.environment.connections_to(anatomy.name):
        senders.setdefault(each.target.port, []).append(f"`{each.source}`")
    return _table(
        ("input", "packet", "priority", "reply", "from", "what a sender gets"),
        (
            (
                f"`{name}`",
                f"`{port['packet']}`",
                port["priority"],
                f"`{port['reply']}`" if port["reply"] else "none",
                ", ".join(senders.get(name, ())) or "outside",
                markdown(port["description"]),
            )
            for name, port in anatomy.inputs.items()
        ),
    )


def _outputs(anatomy: Anatomy) -> str:
    targets: dict[str, list[str]] = {}
    for each in anatomy.routes:
        targets.setdefault(each.source.port, []).append(f"`{each.target}` ({each.priority})")
    return _table(
        ("output", "packet", "reply", "to", "what is sent"),
        (
            (
                f"`{name}`",
                f"`{port['packet']}`",
                f"`{port['reply']}`" if port["reply"] else "none",
                ", ".join(targets.get(name, ())) or "nobody",
                markdown(port["description"]),
            )
            for name, port in anatomy.outputs.items()
        ),
    )


def _methods(anatomy: Anatomy) -> str:
    return _table(
        ("method", "of", "implementation", "what it does"),
        (
            (
                f"`{method.name}`",
                "the agent" if part.own else f"`{part.name}`",
                f"`{method.module}:{method.function}`",
                markdown(method.description),
            )
            for part in anatomy.parts
            for method in part.methods
        ),
    )


def _governance(governance: Mapping[str, Data]) -> str:
    policy = governance["escalationpolicy"]
    approvers = ", ".join(map(markdown, governance["anchors"])) or "nobody in particular"
    overruled = "can" if governance["humanoverride"] else "cannot"
    written = "" if governance["audittrail"] else "not "
    lines = [
        f"- Mode: `{governance['mode']}`. A person {overruled} overrule it.",
        f"- Decisions are {written}written to the audit trail.",
        f"- Changes are approved by: {approvers}.",
    ]
    lines += [
        f"- Decisions with `{name}` below {bound} are escalated."
        for name, bound in governance["thresholds"].items()
    ]
    if policy is not None:
        asked = ", ".join(map(markdown, policy["contacts"])) or "nobody by name"
        unanswered = f"after {policy['timeout_minutes']} minutes without an answer: {policy['on_timeout']}"
        lines.append(f"- Escalations go to `{policy['channel']}` ({asked}); {unanswered}.")
    for trigger in governance["escalationtriggers"]:
        bounds = [f"{word} {trigger[word]}" for word in ("below", "above") if trigger[word] is not None]
        does = f"{trigger['action']} ({trigger['severity']})"
        lines.append(f"- Trigger `{trigger['name']}`: `{trigger['metric']}` {' or '.join(bounds)} → {does}.")
    return "\n".join(lines) + "\n"


def _diagram(anatomy: Anatomy) -> str:
    """A Mermaid flowchart: who sends, which steps run, who is sent to."""
    agent = f"agent_{anatomy.name}"
    lines = ["flowchart LR\n"]
    lines += [
        f'  from_{each.source.agent}["{each.source.agent}"] --> in_{each.target.port}\n'
        for each in anatomy.environment.connections_to(anatomy.name)
    ]
    lines.append(f'  subgraph {agent}["{anatomy.name}"]\n')
    for name, port in anatomy.inputs.items():
        chain = [f'in_{name}(["{name}"])']
        chain += [f'{name}_{position}["{step}"]' for position, step in enumerate(port["flow"], 1)]
        lines.append(f"    {' --> '.join(chain)}\n")
        if port["reply"]:
            lines.append(f'    {name}_{len(port["flow"])} -. "{port["reply"]}" .-> in_{name}\n')
    if not anatomy.inputs:
        lines.append(f'    {agent}_quiet["takes nothing in"]\n')
    lines.append("  end\n")
    lines += [f'  {agent} --> out_{name}(["{name}"])\n' for name in anatomy.outputs]
    lines += [
        f'  out_{each.source.port} -- {each.priority} --> to_{each.target.agent}["{each.target.agent}"]\n'
        for each in anatomy.routes
    ]
    return "".join(lines)
