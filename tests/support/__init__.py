# SPDX-License-Identifier: Apache-2.0
"""Builders and naive implementations that several test modules share."""
