# The two commands of the front door are `make study` and `make test`; the rest is for those who work on the project.
PYTHON ?= python3
BIN := .venv/bin
# -qq: errors only. What pip warns of (places it looked in, its own version) is no matter of the project.
INSTALL := @$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt

.PHONY: help study quick test fast lint speed evidence gallery clean

help: ## what make can do; a bare `make` says it too
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

study: .venv/installed ## set everything up, run the flagship study and write its report
	$(BIN)/loadstone run crm-clusters

quick: .venv/installed ## set everything up, run the flagship with fewer replications
	$(BIN)/loadstone run crm-clusters --quick

# The order of the files, longest first, is that of tests/conftest.py.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test: .venv/compiled ## set everything up and run the whole test suite, long Monte Carlo checks included
	$(PYTEST) -m "acceptance or not acceptance"

fast: .venv/compiled ## the default tests only
	$(PYTEST)

lint: .venv/developer ## style and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

speed: .venv/compiled ## measured speed of every stage
	$(BIN)/python -m pytest benchmarks/speed --benchmark-enable --benchmark-only

evidence: .venv/compiled ## how close every method is to other programs, written into docs/evidence.md
	$(BIN)/python -m tests.evidence

gallery: .venv/compiled ## short reports of every study that comes with the project, written into docs/gallery
	$(BIN)/python -m tests.gallery

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; '$(PYTHON)' is older. Try: make PYTHON=python3.12 ..."; exit 1; }
	@echo "installing Loadstone and what it needs into .venv, a few minutes once ..."
	@$(PYTHON) -m venv .venv
	$(INSTALL) -e ".[test]"
	@touch $@

# Every method's loops, a few minutes once. A study compiles what it needs itself. The modules first: where Python is told
# to keep no bytecode (PYTHONDONTWRITEBYTECODE), every process that a test starts would compile them all again.
.venv/compiled: .venv/installed
	@$(BIN)/python -m compileall -q loadstone.py sim estimators benchmarks reports
	@echo "compiling the numerical loops of all methods, once ..."
	$(BIN)/loadstone compile
	@touch $@

.venv/developer: .venv/installed
	@echo "installing what checks style and types ..."
	$(INSTALL) -e ".[dev]"
	@touch $@

clean: ## remove the environment, never the results
	rm -rf .venv build *.egg-info
