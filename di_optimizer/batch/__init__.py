# SPDX-License-Identifier: Apache-2.0
"""Many accounts over processes: one account's failure is never another's."""
