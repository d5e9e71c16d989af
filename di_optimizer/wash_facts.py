# SPDX-License-Identifier: Apache-2.0
"""What the past 30 days mean for today's trades, over all accounts of a taxpayer."""
