# SPDX-License-Identifier: Apache-2.0
"""Options and fixtures that every test may use."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--data",
        default=None,
        metavar="DIR",
        help="folder with real holdings files and prices; tests that need it skip "
        "without it",
    )


@pytest.fixture
def real_data(request: pytest.FixtureRequest) -> Path:
    """The folder with real data, or a skip that says how to give it."""
    folder = request.config.getoption("--data")
    if folder is None:
        pytest.skip("real data not given: pytest --data DIR")
    path = Path(folder)
    assert path.is_dir(), f"--data {folder} is not a folder"
    return path
