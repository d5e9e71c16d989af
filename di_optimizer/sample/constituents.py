# SPDX-License-Identifier: Apache-2.0
"""Writes the sample holdings files of ``constituents/``.

``python -m di_optimizer.sample.constituents FOLDER``
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from di_optimizer.sample.fund import fund_on
from di_optimizer.sample.layouts import holdings_files
from di_optimizer.sample.market import END, build_market


def constituents() -> dict[str, bytes]:
    """Return the files by name: the default market's fund on its last day."""
    return holdings_files(fund_on(build_market(), END))


def write_constituents(folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write the files into a folder and return their paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, content in constituents().items():
        (target / name).write_bytes(content)
    return tuple(target / name for name in constituents())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Write the sample holdings files.")
    parser.add_argument("folder", help="where to, usually constituents")
    write_constituents(parser.parse_args(arguments).folder)


if __name__ == "__main__":
    main()
