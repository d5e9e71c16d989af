# SPDX-License-Identifier: Apache-2.0
"""One door for risk models on disk: a ``.npz`` file or a folder of three tables."""

from __future__ import annotations

import os
from pathlib import Path

from di_optimizer.risk import npz
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.risk.vendor import from_folder


def load_risk(path: str | os.PathLike[str]) -> FactorRiskModel:
    """Return the risk model at ``path``: a ``.npz`` file, or a folder of tables.

    A folder holds ``exposures``, ``factor_covariance`` and ``specific``, each as
    ``.csv`` or ``.parquet``; see :mod:`di_optimizer.risk.vendor`.

    Raises
    ------
    InputError
        Naming the file and everything that is wrong with it.
    """
    return from_folder(path) if Path(path).is_dir() else npz.load(path)


def save_risk(model: FactorRiskModel, path: str | os.PathLike[str]) -> None:
    """Write ``model`` to a ``.npz`` file; the same model gives the same bytes.

    Raises
    ------
    InputError
        When the name does not end in ``.npz`` or cannot be written.
    """
    npz.save(model, path)
