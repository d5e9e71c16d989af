# SPDX-License-Identifier: Apache-2.0
"""A risk model as one ``.npz`` file: the same model gives the same bytes.

An uncompressed zip of ``.npy`` members with a fixed date; never a pickle.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from di_optimizer.errors import InputError, Problem
from di_optimizer.risk.model import FactorRiskModel

FORMAT = 1
STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold
KINDS = {  # member: (dimensions, kinds of dtype)
    "format": (0, "iu"),
    "symbols": (1, "U"),
    "factors": (1, "U"),
    "exposures": (2, "f"),
    "factor_covariance": (2, "f"),
    "specific_variance": (1, "f"),
    "as_of": (0, "U"),
    "calibration": (0, "f"),
}
ALLOWED = f"a risk model saved by this package (format {FORMAT})"
BROKEN = (
    zipfile.BadZipFile, ValueError, EOFError, KeyError, NotImplementedError,
    RuntimeError, TypeError, SyntaxError, MemoryError, OverflowError,
)  # fmt: skip  # what zipfile and numpy raise on bytes that are no such file

Arrays = Mapping[str, NDArray[Any]]


def to_bytes(model: FactorRiskModel) -> bytes:
    """Return the bytes of a model's file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in _arrays(model).items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, (1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", STAMP)
            entry.create_system = 3  # else it names the operating system
            archive.writestr(entry, member.getvalue())
    return buffer.getvalue()


def _arrays(model: FactorRiskModel) -> dict[str, NDArray[Any]]:
    as_of = "" if model.as_of is None else model.as_of.isoformat()
    return {
        "format": np.array(FORMAT, dtype="<i8"),
        "symbols": np.array(model.symbols, dtype=np.str_),
        "factors": np.array(model.factors, dtype=np.str_),
        "exposures": np.ascontiguousarray(model.exposures),
        "factor_covariance": np.ascontiguousarray(model.factor_covariance),
        "specific_variance": model.specific_variance,
        "as_of": np.array(as_of, dtype=np.str_),
        "calibration": np.array(model.calibration, dtype="<f8"),
    }


def save(model: FactorRiskModel, path: str | os.PathLike[str]) -> None:
    """Write ``model`` to ``path``, whole or not at all.

    Raises
    ------
    InputError
        When the name does not end in ``.npz`` or cannot be written.
    """
    target = Path(path)
    if target.suffix != ".npz":
        raise _refused(path, f"a name that ends in '{target.suffix}'", "'.npz'")
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(to_bytes(model))
        part.replace(target)
    except OSError as error:
        raise _refused(path, error.strerror or str(error), "a writable path") from error


def load(path: str | os.PathLike[str]) -> FactorRiskModel:
    """Return the model in a ``.npz`` file.

    Raises
    ------
    InputError
        Naming the file, for one that is missing, truncated or altered, that lacks
        parts, or whose parts make no risk model.
    """
    try:
        arrays = _members(Path(path).read_bytes())
    except OSError as error:
        found = error.strerror or str(error)
        raise _refused(path, found, "a file that can be read") from error
    except BROKEN as error:
        found = f"no readable .npz file ({error or type(error).__name__})"
        raise _refused(path, found, ALLOWED) from error
    problems = _member_problems(arrays, os.fspath(path))
    if problems:
        raise InputError(problems)
    return _model(arrays, os.fspath(path))


def _members(data: bytes) -> dict[str, NDArray[Any]]:
    """Return every array; members are read whole, so that checksums are compared."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            name.removesuffix(".npy"): np.lib.format.read_array(
                io.BytesIO(archive.read(name)), allow_pickle=False
            )
            for name in archive.namelist()
        }


def _member_problems(arrays: Arrays, file: str) -> list[Problem]:
    def problem(found: str, allowed: str) -> Problem:
        return Problem(file=file, found=found, allowed=allowed)

    problems = [problem(f"no part '{name}'", ALLOWED) for name in KINDS.keys() - arrays]
    problems += [
        problem(f"unknown part '{name}'", ALLOWED) for name in arrays.keys() - KINDS
    ]
    for name in KINDS.keys() & arrays:
        dimensions, kinds = KINDS[name]
        array = arrays[name]
        if array.ndim != dimensions or array.dtype.kind not in kinds:
            found = f"part '{name}' of {array.ndim} dimensions and type {array.dtype}"
            problems.append(problem(found, ALLOWED))
        elif name == "format" and int(array) != FORMAT:
            problems.append(problem(f"format {int(array)}", ALLOWED))
    return sorted(problems, key=str)


def _model(arrays: Arrays, file: str) -> FactorRiskModel:
    as_of = str(arrays["as_of"])
    try:
        return FactorRiskModel(
            symbols=tuple(arrays["symbols"].tolist()),
            factors=tuple(arrays["factors"].tolist()),
            exposures=arrays["exposures"],
            factor_covariance=arrays["factor_covariance"],
            specific_variance=arrays["specific_variance"],
            as_of=date.fromisoformat(as_of) if as_of else None,
            calibration=float(arrays["calibration"]),
        )
    except InputError as error:
        raise InputError(replace(p, file=file) for p in error.problems) from error
    except ValueError as error:
        raise _refused(file, f"as_of '{as_of}'", "a date YYYY-MM-DD") from error


def _refused(path: str | os.PathLike[str], found: str, allowed: str) -> InputError:
    return InputError([Problem(file=os.fspath(path), found=found, allowed=allowed)])
