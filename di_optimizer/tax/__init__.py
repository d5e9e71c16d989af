# SPDX-License-Identifier: Apache-2.0
"""What a sale costs: lots, holding periods, rates. Pure functions of lots and dates."""
