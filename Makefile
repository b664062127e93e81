# The two commands of the front door are `make study` and `make test`; the rest is for those who work on the project.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: study quick test fast lint speed evidence clean

study: .venv/installed ## set everything up, run the flagship study and write its report
	$(BIN)/loadstone run crm-clusters

quick: .venv/installed ## the same in under a minute, with fewer replications
	$(BIN)/loadstone run crm-clusters --quick

test: .venv/installed ## set everything up and run the whole test suite, long Monte Carlo checks included
	$(BIN)/python -m pytest -m "acceptance or not acceptance"

fast: .venv/installed ## the default tests only
	$(BIN)/python -m pytest

lint: .venv/developer ## style and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

speed: .venv/installed ## measured speed of every stage
	$(BIN)/python -m pytest benchmarks/speed --benchmark-enable --benchmark-only

evidence: .venv/installed ## how close every method is to other programs, written into docs/evidence.md
	$(BIN)/python -m tests.evidence

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; '$(PYTHON)' is older. Try: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	@echo "compiling the numerical loops, once ..."
	$(BIN)/loadstone compile
	@touch $@

.venv/developer: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

clean: ## remove the environment, never the results
	rm -rf .venv build *.egg-info
