# Everything a developer types. Each target installs what it needs into .venv first.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO := demo

# Tests start hundreds of processes; each would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test slow quick check style types structure contracts generated format \
	prices docs bench bench-full clean

# What there is.
help:
	@echo "make demo    a month of synthetic usage, from log lines to invoices, in $(DEMO)/"
	@echo "make test    all checks, and the tests that take less than a few seconds each"
	@echo "make slow    the tests that take longer: many processes, killed ones, all examples"
	@echo "make quick   the tests that take no time"
	@echo "make check   style, types, import contracts, structure, generated files"
	@echo "make format  format the code"
	@echo "make docs    generate the command line reference and the list of errors"
	@echo "make bench   measure, and write docs/performance.md; bench-full: months of 50 and 100 million"
	@echo "make prices  generate data/prices/ from the installed genai-prices"

# The package and its development tools, at the pinned versions.
install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit('tokenbook needs Python 3.11 or newer: make PYTHON=python3.12' if sys.version_info < (3, 11) else 0)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

# The main job on the embedded default.
demo: install
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh data/samples/demo.sh $(DEMO)

# CI measures coverage: make test COVERAGE='--cov --cov-report=term'
test: check
	$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "not slow" --ignore tests/test_structure.py $(COVERAGE)

slow: install
	$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "slow or examples" \
		--hypothesis-profile all-examples

quick: install
	$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "not slow"

# Two at a time: types and structure take ten seconds each, the others none.
check: install
	@$(MAKE) --no-print-directory -j 2 style types structure contracts generated

style: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy analytics benchmarks tests data docs

structure: install
	$(BIN)/python -m pytest -q tests/test_structure.py

contracts: install
	$(BIN)/lint-imports

generated: install
	$(BIN)/python data/prices/generate.py --check
	$(BIN)/python docs/generate.py --check

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

prices: install
	$(BIN)/python data/prices/generate.py

docs: install
	$(BIN)/python docs/generate.py

# With the peers that benchmarks compare with; PostgreSQL comes from your system's packages.
$(STAMP)-bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	@touch $(STAMP)-bench

bench: $(STAMP)-bench
	$(BIN)/python -m benchmarks --write

bench-full: $(STAMP)-bench
	$(BIN)/python -m benchmarks --scale full --only months --write

clean:
	rm -rf $(DEMO) $(VENV) build dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache
