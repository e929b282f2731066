"""Imports emitted packages from their folders, and takes them out of the interpreter again."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from qpf_runtime.errors import ConfigurationError


class Packages:
    """The import roots of one fleet. Nothing is written next to the sources: they are a product."""

    def __init__(self) -> None:
        self._roots: list[Path] = []

    def add(self, root: Path) -> None:
        """Let modules be imported from a folder; what is installed keeps precedence."""
        root = root.resolve()
        if root not in self._roots:
            self._roots.append(root)
            sys.path.append(str(root))
            importlib.invalidate_caches()

    def load(self, module: str, root: Path) -> ModuleType:
        """Import a module that must lie under a folder.

        Raises:
            ConfigurationError: If it is not there, another module has its name, or it fails.
        """
        self.add(root)
        package = module.partition(".")[0]
        spec = importlib.util.find_spec(package)
        if spec is None:
            msg = f"there is no package {package} in {root}"
            raise ConfigurationError(msg)
        if spec.origin is None or not Path(spec.origin).resolve().is_relative_to(root.resolve()):
            msg = f"package {package} cannot be loaded from {root}: {spec.origin} has that name already"
            raise ConfigurationError(msg)
        quiet, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            return importlib.import_module(module)
        except Exception as error:
            msg = f"{module} cannot be imported: {type(error).__name__}: {error}"
            raise ConfigurationError(msg) from error
        finally:
            sys.dont_write_bytecode = quiet

    def unload(self) -> None:
        """Forget every module that came from these folders, and the folders."""
        for name, module in list(sys.modules.items()):
            origin = getattr(module, "__file__", None)
            if origin and any(Path(origin).is_relative_to(root) for root in self._roots):
                del sys.modules[name]
        for root in self._roots:
            if str(root) in sys.path:
                sys.path.remove(str(root))
        self._roots.clear()
        importlib.invalidate_caches()
