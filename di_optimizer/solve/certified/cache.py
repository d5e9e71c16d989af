# SPDX-License-Identifier: Apache-2.0
"""Compiled kernels on disk: they have to go when any of their sources changes.

Numba stores a function's machine code under the date of the function's own file, the
code of functions from other files inlined. A change there would go unnoticed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

STAMP = "kernels.sha256"
MARKS = ("@kernel", "@njit", "NamedTuple")  # of files that are compiled, or their types


def drop_stale(folder: Path, *shared: Path) -> bool:
    """Delete compiled kernels of a folder if its sources are not those of its stamp.

    Sources are the folder's files with kernels or their arrays' types, and ``shared``
    files whose constants kernels have.

    Returns whether the sources had changed. Where the folder cannot be written,
    neither can Numba write there: nothing is done.
    """
    sources = [*filter(_is_source, sorted(folder.glob("*.py"))), *shared]
    parts = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources]
    names = " ".join(path.name for path in sources)
    digest = hashlib.sha256(" ".join([names, *parts]).encode())
    cache, found = folder / "__pycache__", digest.hexdigest()
    stamp = cache / STAMP
    if stamp.exists() and stamp.read_text() == found:
        return False
    try:
        cache.mkdir(exist_ok=True)
        for path in (*cache.glob("*.nbi"), *cache.glob("*.nbc")):
            path.unlink(missing_ok=True)
        stamp.write_text(found)
    except OSError:
        return False
    return True


def _is_source(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(mark in text for mark in MARKS)
