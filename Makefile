# SPDX-License-Identifier: Apache-2.0
# make demo and make test work in a fresh clone: they make .venv themselves.
PYTHON := .venv/bin/python
RUNTIME := .venv/.installed-runtime
DEV := .venv/.installed-dev
LOCK := uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	--no-emit-index-url --no-header --no-annotate --group build

.PHONY: help demo test check docs constituents lock clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: $(RUNTIME)  ## rebalance a sample book of accounts and show the result
	@.venv/bin/di-optimizer demo

test: $(DEV)  ## run the tests, on two processes
	@$(PYTHON) -m pytest -n 2 $(ARGS)

check: $(DEV)  ## lint, formatting, types, direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

docs: $(DEV)  ## write what docs/ says of tables and policy again
	$(PYTHON) -m scripts.write_docs

constituents: $(DEV)  ## write the sample holdings files in constituents/ again
	$(PYTHON) -m di_optimizer.sample.constituents constituents

lock:  ## pin the newest versions of everything (needs uv)
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:  ## remove caches and what the demo wrote; .venv stays
	rm -rf demo-output build dist .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache
	find di_optimizer tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(RUNTIME): pyproject.toml requirements.lock scripts/venv
	@scripts/venv runtime

$(DEV): pyproject.toml requirements-dev.lock scripts/venv
	@scripts/venv dev
