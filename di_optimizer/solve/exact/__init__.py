# SPDX-License-Identifier: Apache-2.0
"""The exact engine: the whole mixed-integer program in the hands of SCIP."""
