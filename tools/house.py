"""Where things stand in this repository, and the surroundings every child process gets."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "build"
STATISTICS = NOTEBOOKS / "results" / "execution.json"
STEPS = NOTEBOOKS / "results" / "steps.json"
FOREIGN = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS", "MPLBACKEND")


def masters(folder: Path = NOTEBOOKS) -> list[Path]:
    """Return the master texts of the notebooks, ``NN_noun_phrase.md``, in order."""
    return sorted(folder.glob("[0-9][0-9]_*.md"))


def surroundings() -> dict[str, str]:
    """Return an environment in which a notebook runs alike for every user of this checkout.

    The user's own IPython start-up files, kernels, matplotlib settings and site-packages stay out,
    and the numeric libraries take one thread each, since notebooks run two at a time. What Python
    compiles is kept, whatever the user's own setting: a check starts hundreds of processes, and one
    that compiles torch or matplotlib again takes thrice as long to start.
    """
    env = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    for name in (*FOREIGN, "PYTHONDONTWRITEBYTECODE"):
        env.pop(name, None)
    venv = Path(sys.prefix)
    env.update(
        JUPYTER_PREFER_ENV_PATH="1",
        IPYTHONDIR=str(venv / "var" / "ipython"),
        MPLCONFIGDIR=str(venv / "var" / "matplotlib"),
        HYPOTHESIS_STORAGE_DIRECTORY=str(BUILD / "cache" / "hypothesis"),
        PYTHONNOUSERSITE="1",
        PYTHONHASHSEED="0",
        PYDEVD_DISABLE_FILE_VALIDATION="1",
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
    )
    return env
