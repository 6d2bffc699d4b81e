PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test slow check all bench accuracy samples clean
.DEFAULT_GOAL := demo

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

demo: $(READY)  ## gate the sample study; one of its tubes is broken on purpose, so exit 1 is success here
	$(BIN)/cytoflow-blina run fcs_samples -o demo-results --replace || test $$? -eq 1

test: $(READY)  ## every fast test
	$(BIN)/python -m pytest -n 2 -q -m "not slow"

slow: $(READY)  ## the long tests
	$(BIN)/python -m pytest -n 2 -q -m slow

check: $(READY)  ## formatter, linter, types, layers, spelling
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell src tests docs gating README.md CHANGELOG.md CONTRIBUTING.md

all: check  ## check, every test, coverage
	$(BIN)/python -m pytest -n 2 -q --cov --cov-report=term:skip-covered

bench: $(READY)  ## speed against FlowKit in one run, then a large marrow tube
	$(BIN)/python benchmarks/batch.py
	$(BIN)/python benchmarks/big_tube.py --events 500000

accuracy: $(READY)  ## every figure of accuracy, as tables in accuracy-results/; an hour
	$(BIN)/python -m benchmarks.labelled
	$(BIN)/python -m benchmarks.real_marrow
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/mrd.py

samples: $(READY)  ## write fcs_samples/ again, from the simulator
	$(BIN)/cytoflow-blina simulate fcs_samples --scenario demo --seed 20260103 --replace

clean:
	rm -rf $(VENV) demo-results build dist .mypy_cache .ruff_cache .pytest_cache
