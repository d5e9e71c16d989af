# SPDX-License-Identifier: Apache-2.0
"""The readable engine: cvxpy with the factors as variables, solved by Clarabel."""
