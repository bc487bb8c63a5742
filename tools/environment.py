"""Make the virtual environment: the locked set of packages and this project, editable.

Run by `make setup` with the machine's own python3, before anything is installed: standard library
only, and no syntax newer than Python 3.6, so that an old Python gets the sentence below as well.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
NEEDED = 2.5  # GB of disk while it installs: 2.4 were seen, of which 2.1 stay
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


def commands(pip_args):
    """Return the commands that fill the environment, in order."""
    python = str(VENV / "bin" / "python")
    install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    # Less disk at any one time: nothing is compiled before it is imported, and what is fetched for
    # the largest package, torch, is gone again before the others come.
    install += ["--no-compile", "-c", "constraints.txt", *pip_args]
    return [
        # The build backend first, from the lock: the project itself then needs no isolated build.
        [*install, "hatchling"],
        [*install, "torch"],
        [*install, "--no-build-isolation", "-e", ".[{}]".format(",".join(EXTRAS))],
        # Matplotlib lists the fonts once, here: later it would say so on a notebook's stderr.
        [python, "-c", "import matplotlib.font_manager"],
    ]


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
    for command in commands(os.environ.get("PIP_ARGS", "").split()):
        status = subprocess.call(command, cwd=str(ROOT), env=env)
        if status:
            asked = " ".join(command)
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
