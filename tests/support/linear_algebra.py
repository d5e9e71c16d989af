# SPDX-License-Identifier: Apache-2.0
"""A task whose module loads BLAS, importable in a spawned worker."""

import scipy.linalg  # noqa: F401
from threadpoolctl import threadpool_info


def blas_threads(_shared: None, _task: int) -> list[int]:
    """Return the number of threads of each BLAS library that is loaded."""
    return [library["num_threads"] for library in threadpool_info()]
