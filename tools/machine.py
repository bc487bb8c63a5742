"""What a record says of the machine and the packages that made it: never a name of either."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("factrank", "python-flint", "numpy", "scipy", "matplotlib", "tensorly", "ipykernel")


def cpu_model() -> str:
    """Return the processor's model as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    if platform.system() == "Darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    return platform.processor() or platform.machine()


def system_name() -> str:
    """Return the operating system and its version, without the host's name."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def machine() -> dict[str, str | int]:
    """Return processor, cores and system."""
    return {"cpu": cpu_model(), "cores": os.cpu_count() or 1, "system": system_name()}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages a notebook computes with."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
