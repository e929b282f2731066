"""Kapitan doing our work: the same layers as classes, the same files out of kadet and Jinja.

Kapitan gets the easier half: it composes and renders, but does not validate, keeps no provenance and no lock,
and takes the two digests that our manifests bear as given. The folder it gets:

    inventory/classes     bases, sub-schemas, agents and environments, as our layers say them
    inventory/targets     an agent each: its layers in order, and its shape
    templates, components what we emitted for one agent of each shape, its values made variables
    lib                   how these variables follow from what was merged
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks import fleet_files
from benchmarks.measure import seconds
from benchmarks.peers import install
from benchmarks.peers.emitted import EXEMPLARS, FEWEST, Emitted, demand_none, differences, read, shape_of
from benchmarks.peers.pattern import PYTHON, Pattern, template

LIMIT = 1800.0
ENVIRONMENT = "dev"
BEGIN = "{% set v = inventory.parameters.spec | values(inventory.parameters.about) %}\n"
FILTERS = '"""Filters of the templates."""\n\nfrom values import values\n'
COMPONENT = '''\
"""The Kubernetes documents and the composed document of an agent."""

from kapitan.inputs.kadet import BaseObj, inventory
from values import values

SETS = (
    ("governance", "anchors"),
    ("integration", "imports"),
    ("reasoningengine", "strategymodes"),
    ("system", "tags"),
)


def main():
    parameters = inventory().parameters
    composed = parameters.spec.to_dict()
    v = values(composed, parameters.about)
    for section, name in SETS:
        composed[section][name] = sorted(set(composed[section][name]))
    output = BaseObj()
    output.root.update({documents})
    output.root.composed = composed
    return output
'''
NOT_COMPOSED = {"schema_version", "type", "adds"}


@dataclass(frozen=True)
class Kapitan:
    """A folder that Kapitan compiles.

    Attributes:
        folder: The folder.
        binaries: Where the program is.
    """

    folder: Path
    binaries: Path

    @classmethod
    def of(cls, fleet: Path, environment: Path, agents: int, folder: Path) -> "Kapitan":
        """Say a fleet in Kapitan's words.

        Args:
            fleet: The fleet's sources.
            environment: What they compile to.
            agents: How many there are; whole chains.
            folder: Where to write.

        Raises:
            MissingPeerError: If it cannot be installed.
        """
        made = cls(folder, install.install("kapitan"))
        own = Path(__file__).with_name("values.py").read_text(encoding="utf-8")
        put(folder / "lib" / "values.py", own)
        put(folder / "lib" / "jinja2_filters.py", FILTERS)
        put_templates(environment, folder)
        put_inventory(fleet, environment, agents, folder / "inventory")
        return made

    def compile(self, *options: str, out: Path) -> float:
        """Compile into a folder; returns how long it took."""
        # It looks for its folders where it is started.
        start = ("env", "-C", self.folder, self.binaries / "kapitan", "compile", "--quiet")
        own = {"PYTHONPATH": str(self.folder / "lib"), "TMPDIR": str(self.folder.parent)}
        return seconds([*start, "--output-path", out, *options], limit=LIMIT, **own)

    def edit(self, number: int, take: int) -> None:
        """Give an agent another title."""
        path = self.folder / "inventory" / "classes" / "agents" / f"{fleet_files.agent_name(number)}.yml"
        layer = read(path)
        layer["parameters"]["spec"]["system"]["title"] = f"Agent {number}, take {take}"
        put(path, dumped(layer))

    def check(self, environment: Path) -> None:
        """Compile some agents, and hold their files against ours.

        Raises:
            NotTheSameWorkError: If one differs.
        """
        out = self.folder / "checked"
        agents = [Emitted(environment, number) for number in range(FEWEST)]
        self.compile("--targets", *(agent.name for agent in agents), out=out)
        for ours in agents:
            root = out / "compiled" / ours.name
            made = {
                path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
                for path in root.rglob("*")
                if path.is_file()
            }
            demand_none("Kapitan", (f"{ours.name}/{path}" for path in differences(ours, made)))


def put(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def dumped(value: Any) -> str:
    """Data as YAML."""
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False)


def put_templates(environment: Path, folder: Path) -> None:
    """What we emitted for one agent of each shape, and for each sub-schema."""
    for shape, number in EXEMPLARS.items():
        exemplar = Emitted(environment, number)
        pattern = Pattern.of(exemplar.values())
        documents = {f"manifests/{name}": document for name, document in exemplar.manifests().items()}
        component = COMPONENT.replace("{documents}", PYTHON.data(documents, pattern))
        put(folder / "components" / shape / "__init__.py", component)
        for path, text in exemplar.texts().items():
            if "/skill_" not in path and "/test_skill_" not in path:
                put_template(folder / "templates" / shape, path, exemplar.name, text, pattern)
    for number in range(fleet_files.SUBS):
        sub = fleet_files.sub_name(number)
        user = next(agent for agent in range(fleet_files.SUBS) if number in fleet_files.subs_of(agent))
        exemplar = Emitted(environment, user)
        own = Pattern.of(exemplar.values(), ("name",))
        for path, text in exemplar.texts().items():
            if path.rpartition("/")[2] in {f"{sub}.py", f"test_{sub}.py"}:
                put_template(folder / "templates" / sub, path, exemplar.name, text, own)


def put_template(folder: Path, path: str, agent: str, text: str, pattern: Pattern) -> None:
    """One template; a package's modules go to a folder of their own, which is named for the agent."""
    package = f"src/{agent}/"
    place = f"package/{path.removeprefix(package)}" if path.startswith(package) else f"root/{path}"
    put(folder / place, BEGIN + template(pattern.cut(text)) if text else text)


def put_inventory(fleet: Path, environment: Path, agents: int, folder: Path) -> None:
    """The layers as classes, and a target an agent."""
    classes = folder / "classes"
    for name in fleet_files.BASES:
        put(classes / "base" / f"{name}.yml", layer(read(fleet / "base" / f"{name}.yaml")))
    for name in map(fleet_files.sub_name, range(fleet_files.SUBS)):
        sub = read(fleet / "sub" / f"{name}.yaml")
        sub |= {"integration": {"methods": sub["adds"]["methods"]}}
        del sub["name"], sub["role"]
        put(classes / "sub" / f"{name}.yml", layer(sub, rendered(name, root="tests", below="root/tests")))
    for shape in EXEMPLARS:
        kadet = {"input_type": "kadet", "input_paths": [f"components/{shape}"], "output_path": "."}
        put(classes / "shape" / f"{shape}.yml", layer({}, [kadet, *rendered(shape)]))
    settings = read(fleet / "environments" / ENVIRONMENT / "environment.yaml")
    put(classes / "environment" / f"{ENVIRONMENT}.yml", layer(settings["overrides"]["all"]))
    for number in range(agents):
        agent = Emitted(environment, number)
        source = read(fleet / "agents" / f"{agent.name}.yaml")
        del source["composition"]["type"]
        put(classes / "agents" / f"{agent.name}.yml", layer(source))
        composition = source["composition"]
        layers = [f"base.{composition['base']}", *(f"sub.{sub}" for sub in composition["subs"])]
        layers += [f"agents.{agent.name}", f"environment.{ENVIRONMENT}", f"shape.{shape_of(number)}"]
        parameters = {"about": agent.about(), "kapitan": {"vars": {"target": agent.name}}}
        put(folder / "targets" / f"{agent.name}.yml", dumped({"classes": layers, "parameters": parameters}))


def rendered(name: str, *, root: str = "", below: str = "root") -> list[dict[str, Any]]:
    """The Jinja inputs of a folder of templates."""
    return [
        {
            "input_type": "jinja2",
            "input_paths": [f"templates/{name}/package"],
            "output_path": "agents/src/${spec:name}",
        },
        {
            "input_type": "jinja2",
            "input_paths": [f"templates/{name}/{below}"],
            "output_path": f"agents/{root}",
        },
    ]


def layer(document: dict[str, Any], inputs: list[dict[str, Any]] | None = None) -> str:
    """A class: what a layer says, and what is compiled because of it."""
    spec = {name: section for name, section in document.items() if name not in NOT_COMPOSED}
    parameters: dict[str, Any] = {"spec": spec} if spec else {}
    if inputs:
        parameters["kapitan"] = {"compile": inputs}
    return dumped({"parameters": parameters})
