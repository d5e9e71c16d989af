# SPDX-License-Identifier: Apache-2.0
"""The engines against each other: on real programs, on one core, in one run."""
