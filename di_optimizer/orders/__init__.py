# SPDX-License-Identifier: Apache-2.0
"""From weights to shares of lots, trades with reasons, and orders for the broker."""
