# SPDX-License-Identifier: Apache-2.0
"""The mathematical problem as data: solver-neutral arrays, and what builds them."""
