# SPDX-License-Identifier: Apache-2.0
"""The certified engine: exact blocks, a Newton method in the dual, branch and bound."""
