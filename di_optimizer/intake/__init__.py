# SPDX-License-Identifier: Apache-2.0
"""From checked tables to accounts, market, benchmarks: joins and cross-checks."""
