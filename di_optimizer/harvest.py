# SPDX-License-Identifier: Apache-2.0
"""harvest: see below."""
