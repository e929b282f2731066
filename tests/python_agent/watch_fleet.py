"""A small fleet of another kind: one agent watches temperatures, another hears its alarms."""

from typing import Any

from qpf.api import Agent, Environment
from tests.python_agent.bench import make_agent, make_environment

UNSAID = dict.fromkeys(("items", "values", "default", "minimum", "maximum"))


def shape(kind: str, description: str, **more: Any) -> dict[str, Any]:
    """A field of a packet kind, as the glue holds it."""
    said = {"type": kind, "description": description, "unit": "", "required": True}
    return {**UNSAID, **said, **more}


PACKETS: dict[str, Any] = {
    "reading": {
        "description": 'What a sensor said: the "raw" value, before anybody looked at it.',
        "version": 2,
        "fields": {
            "sensor": shape("string", "Which sensor it is."),
            "celsius": shape("number", "What it measured.", unit="degrees", minimum=-273.15, maximum=1000),
            "count": shape("integer", "How many samples went into it.", required=False, default=1, minimum=1),
            "trusted": shape("boolean", "", required=False, default=True),
            "samples": shape("array", "The samples themselves.", items="number", required=False),
            "labels": shape(
                "map",
                "Whatever else is known about the place, the sensor and the moment; free words, for people "
                "to read and for nobody to depend on.",
                values="string",
                required=False,
            ),
            "note": shape("string", "A remark.", required=False),
        },
    },
    "verdict": {
        "description": "What the watcher makes of a reading.",
        "version": 1,
        "fields": {
            "sensor": shape("string", "Which sensor it is."),
            "alarm": shape("boolean", "Whether to worry."),
        },
    },
    "ping": {"description": "Asks whether anybody is there.", "version": 1, "fields": {}},
}

ROUTING = "qpf_runtime.components.routing"
CHECKER: dict[str, Any] = {
    "name": "checker",
    "role": "Refuses readings that cannot be true.",
    "adds": {
        "imports": [ROUTING],
        "methods": {
            "validate_packet": {
                "description": "Refuse a reading that makes no sense.",
                "implementation": f"{ROUTING}:validate_packet",
            },
            "route_packet": {
                "description": "Note where the reading came in.",
                "implementation": f"{ROUTING}:route_packet",
            },
        },
    },
}
JUDGE: dict[str, Any] = {
    "name": "judge",
    "role": "Says whether a reading is worth an alarm. Knows thresholds only; learns nothing.",
    "adds": {
        "imports": ["watch.verdicts"],
        "methods": {
            "judge": {"description": "Compare with the limit.", "implementation": "watch.verdicts:judge"}
        },
    },
}


def sections(name: str, **more: Any) -> dict[str, Any]:
    """The twelve sections, as plain as they may be."""
    plain: dict[str, Any] = {
        "system": {"title": name.replace("_", " ").title(), "owner": "plant-team", "criticality": "high"},
        "integration": {},
        "governance": {
            "mode": "hybrid",
            "humanoverride": True,
            "anchors": ["plant-board"],
            "thresholds": {"confidence": 0.6},
            "escalationpolicy": {"channel": "plant", "contacts": ["shift-lead"], "timeout_minutes": 15},
            "escalationtriggers": [
                {
                    "name": "unsure",
                    "metric": "confidence",
                    "below": 0.4,
                    "action": "escalate",
                    "severity": "high",
                }
            ],
        },
        "memorytopology": {
            "workingmemory": {"storagetype": "in_process", "keyspace": f"watch:{name}:*"},
            "episodicmemory": {"storagetype": "sqlite", "purpose": "What was judged, and how."},
        },
        "communicationstack": {},
        "reasoningengine": {"weights": {"heat": 1.0}},
        "collaborationnetwork": {"pattern": "flat", "role": "member"},
        "learningsystem": {"enabled": False},
        "worldmodelintegration": {"enabled": False},
        "cursorinstructions": {},
        "deployment": {
            "replicas": 1,
            "image": f"registry.example/plant/{name.replace('_', '-')}:1.0.0",
            "resources": {
                "requests": {"cpu": "100m", "memory": "64Mi"},
                "limits": {"cpu": "1", "memory": "128Mi"},
            },
        },
        "metadata": {"owner": "plant-team", "description": "Part of the fixture."},
    }
    return {**plain, **more}


def watcher(**changes: Any) -> Agent:
    """The agent that watches; `changes` replace parts of what it is made of."""
    methods = {**CHECKER["adds"]["methods"], **JUDGE["adds"]["methods"]}
    methods["sound"] = {"description": "Tell who listens.", "implementation": "watch.verdicts:sound"}
    whole = sections(
        "heat_watcher",
        integration={"imports": [ROUTING, "watch.verdicts"], "methods": changes.pop("methods", methods)},
        communicationstack=changes.pop(
            "communicationstack",
            {
                "input": {
                    "reading": {
                        "packet": "reading",
                        "description": "Judges a reading.",
                        "priority": "high",
                        "flow": ["validate_packet", "route_packet", "judge", "sound"],
                        "reply": "verdict",
                    },
                },
                "output": {"alarm": {"packet": "verdict", "description": "Every verdict that is an alarm."}},
            },
        ),
    )
    subs = changes.pop("subs", {"checker": CHECKER, "judge": JUDGE})
    role = changes.pop("role", "Watches temperatures and says when to worry.")
    return make_agent(changes.pop("name", "heat_watcher"), {**whole, **changes}, subs, role)


def listener() -> Agent:
    """The agent that hears alarms; it has no sub-schemas and needs none."""
    return make_agent(
        "bell",
        sections(
            "bell",
            integration={
                "methods": {
                    "validate_packet": {
                        "description": "Refuse an alarm that makes no sense.",
                        "implementation": f"{ROUTING}:validate_packet",
                    }
                }
            },
            communicationstack={
                "input": {
                    "alarm": {"packet": "verdict", "description": "Rings.", "flow": ["validate_packet"]}
                }
            },
        ),
        {},
        "Rings when told to.",
    )


def fleet(**changes: Any) -> Environment:
    """Both agents, joined."""
    first = watcher(**changes)
    second = listener()
    joined = (
        (f"{first.name}.alarm -> bell.alarm: verdict",)
        if "alarm" in first.values["communicationstack"]["output"]
        else ()
    )
    return make_environment({"bell": second, first.name: first}, changes.get("packets", PACKETS), joined)
