# SPDX-License-Identifier: Apache-2.0
"""Whole shares, minimum trades and counts: engines against SCIP and heuristics."""
