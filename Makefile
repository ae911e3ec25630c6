# make demo, make test, make lint, make bench, make pages: each sets up .venv first, when that is stale.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
# Exists once .venv holds what pyproject.toml and constraints.txt ask for.
READY := .venv/.ready
PEERS := torch loss-landscapes landscaper pyvista
PEERS_READY := .venv-bench/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench pages system-bench system-gl system-tests

help:
	@echo "make demo    train a network, compute its loss surface and descent path, show both"
	@echo "make test    the whole test suite           (ARGS='-m \"not slow\"' for the quick part)"
	@echo "make lint    ruff and mypy"
	@echo "make bench   measure side by side with other programs, rewrite benchmarks/README.md"
	@echo "make pages   draw every option of a picture anew, off and on: docs/options.md"
	@echo "make PYTHON=python3.12 ... chooses the interpreter that .venv is made with"

demo: system-gl $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" tools/demo.sh

test: system-tests $(READY)
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

pages: $(READY)
	$(BIN)/python tools/option_pages.py $(ARGS)

bench: system-bench $(READY)
	@$(MAKE) --no-print-directory $(PEERS_READY) || echo "make bench: goes on without the other programs" >&2
	$(BIN)/python -m benchmarks.run $(ARGS)

# Programs that bench compares with, apart: they want other versions of what this one needs.
$(PEERS_READY): benchmarks/constraints.txt
	$(BIN)/python -m venv .venv-bench
	.venv-bench/bin/python -m pip install --disable-pip-version-check -c benchmarks/constraints.txt $(PEERS)
	@touch $@

system-gl:
	@tools/system_libraries.sh gl

system-bench:
	@tools/system_libraries.sh gl bench

system-tests:
	@tools/system_libraries.sh gl window mpi

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo "making .venv: $$($(PYTHON) --version) found, 3.10 or later needed; try make PYTHON=python3.12 ..." >&2; exit 2; }
	@tools/system_libraries.sh venv
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@
