# SPDX-License-Identifier: Apache-2.0
"""The command line: from files to files, a few lines each over the public API."""
