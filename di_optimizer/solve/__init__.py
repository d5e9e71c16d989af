# SPDX-License-Identifier: Apache-2.0
"""Engines: a ``Program`` in, a ``Solution`` with a proven bound out. Arrays only."""
