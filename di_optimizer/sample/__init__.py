# SPDX-License-Identifier: Apache-2.0
"""A fictional market and accounts by seed, for demos, tests and studies.

Everything here is invented; nothing is derived from a real security or fund.
"""
