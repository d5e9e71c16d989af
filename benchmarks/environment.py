# SPDX-License-Identifier: Apache-2.0
"""What a benchmark ran on: machine and versions, for the recorded results."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "di-optimizer",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "cvxpy",
    "clarabel",
    "numba",
)


def machine() -> dict[str, str | int]:
    """Return processor, cores, memory and system."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Return the versions of Python and of what is installed of ``packages``."""
    installed = {d.name.lower() for d in metadata.distributions() if d.name}
    found = {p: metadata.version(p) for p in packages if p in installed}
    return {"python": platform.python_version(), **found}


def _processor() -> str:
    """Return the processor's name; Linux does not give it through ``platform``."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or "unknown"
