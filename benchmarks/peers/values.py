"""What one agent's files say of it, each in the spelling it has there.

Kapitan runs this very file too, as a filter of its templates and from its kadet component: it knows nothing
of this repository.
"""

from collections.abc import Mapping
from typing import Any


def values(composed: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, str]:
    """The variables of an agent's files.

    Each stands for a text that means nothing else wherever it is found, so a short value brings a little of
    what surrounds it.

    Args:
        composed: The agent's composed document.
        about: What its document does not say: who sends to it (`previous`, if anybody does), the sources its
            files are headed with, and the digests its manifests bear.
    """
    name, base = composed["name"], composed["composition"]["base"]
    port = composed["communicationstack"]["input"]["request"]
    packet, priority = port["packet"], port["priority"]
    found = {
        "name": name,
        "dashed": name.replace("_", "-"),
        "title": composed["system"]["title"],
        "role": composed["role"],
        "owner": composed["system"]["owner"],
        "criticality": f"criticality | {composed['system']['criticality']} |",
        "base": base,
        "base_dashed": base.replace("_", "-"),
        "packet": packet,
        "packet_class": "".join(word.title() for word in packet.split("_")),
        "packet_taken": port["description"],
        "packet_is": f"Work of line {int(packet[-2:])}, handed from agent to agent.",
        "priority_json": f'"priority": "{priority}"',
        "priority_python": f'priority="{priority}"',
        "priority_cell": f"`{packet}` | {priority} |",
        "sources": about["sources"],
        "spec_digest": about["spec_digest"],
        "config_digest": about["config_digest"],
    }
    for end, names in (
        ("previous", about["previous"]),
        ("next", composed["integration"].get("connectto", ())),
    ):
        for other in names:
            found |= {end: other, f"{end}_dashed": other.replace("_", "-")}
    anchors = sorted(set(composed["governance"]["anchors"]))
    modes = sorted(set(composed["reasoningengine"]["strategymodes"]))
    found |= {
        "anchors_lines": ",\n".join(f'"{each}"' for each in anchors),
        "anchors_row": ", ".join(f'"{each}"' for each in anchors),
        "anchors_plain": ", ".join(anchors),
        "modes_lines": ",\n".join(f'"{each}"' for each in modes),
        "modes_row": ", ".join(f'"{each}"' for each in modes),
    }
    for place, sub in enumerate(composed["composition"]["subs"]):
        number = sub[-2:]
        method = composed["integration"]["methods"][f"apply_{number}"]
        evidence = f"evidence_{number}"
        found |= {
            f"sub_{place}": sub,
            f"sub_class_{place}": f"Skill{number}",
            f"sub_dashed_{place}": f"skill-{number}",
            f"method_{place}": f"apply_{number}",
            f"trigger_{place}": f"doubt_{number}",
            f"evidence_{place}": f'"{evidence}": {composed["reasoningengine"]["weights"][evidence]}',
            f"implementation_{place}": method["implementation"],
            f"description_{place}": method["description"],
        }
    return found
