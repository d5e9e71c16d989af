# SPDX-License-Identifier: Apache-2.0
"""Direct-indexing rebalancer with a proven optimality gap."""

__version__ = "0.1.0"
