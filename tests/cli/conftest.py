# SPDX-License-Identifier: Apache-2.0
"""The book that the tests of damaged files start from, written once."""

import pytest
from support.cli_book import Book, write_book


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Book:
    return write_book(tmp_path_factory.mktemp("book"))
