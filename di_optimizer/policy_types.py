# SPDX-License-Identifier: Apache-2.0
"""Kinds of settings that several tables of a policy share."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError

CONFIG = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)

Fraction = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]


def contradiction(setting: str, found: str, allowed: str) -> PydanticCustomError:
    """Return the error of a setting that does not go with another of its table."""
    context = {"setting": setting, "found": found, "allowed": allowed}
    return PydanticCustomError(
        "contradiction", "{setting}: found {found}; allowed: {allowed}", context
    )
