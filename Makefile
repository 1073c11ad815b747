# The chores of mapapp: `make` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The browser that the tests drive, the font it draws with, and what playwright drives it with;
# Redis for the geocoding server that they ask; PostgreSQL and PostGIS, the other database; nginx, for
# which deploy/ has an example.
DEBIAN_PACKAGES := chromium-headless-shell fonts-dejavu-core libatomic1 redis-server postgresql postgresql-postgis \
	nginx
# That server, Addok, pins versions that others may not fit: its environment is its own.
ADDOK := $(VENV)/addok
# What checks the published files against their schemas: its environment is its own as well.
FRICTIONLESS := $(VENV)/frictionless
# The maps that benches compare ours with: nothing of theirs among our own packages.
PEERS := $(VENV)/peers

# Locked versions first, all of them: nothing is left to resolve. Then the project itself.
install = $(PIP) install --no-deps --requirement requirements/$(1).txt \
	&& $(PIP) install --no-deps --no-build-isolation --editable . && $(PIP) check
# One file for every Python and system that we serve; where packages come from is not its business.
compile = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url $(REFRESH)

# $(1): an environment of its own. All of it is in the lock file $(2), and nothing has to be compiled:
# a machine without a compiler does.
apart = $(BIN)/python -m venv --clear $(1) && $(1)/bin/python -m pip --disable-pip-version-check \
	--quiet install --no-deps --only-binary :all: --requirement requirements/$(2).txt

.PHONY: help serve test endure bench packages beside addok frictionless lint format check lock \
	upgrade clean

help: ## List the chores
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

serve: $(VENV)/.runtime ## Install if needed, then serve on HOST (127.0.0.1) and PORT (8000)
	@exec $(BIN)/mapapp serve

# What is long to install is installed together.
ready = $(MAKE) --no-print-directory --jobs=4 $(VENV)/.test packages beside
# Whoever has nothing left takes tests of another: no core waits for a heavy module.
pytest = $(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

test: ## Install if needed, then run every check and test; STRICT=1 forbids skips
	@echo 'Installs what misses (some minutes the first time), checks style and types (one minute),'
	@echo 'then runs some 5,000 tests on every core: 8 minutes on two that have nothing else to do.'
	@$(ready)
	@$(MAKE) --no-print-directory lint
	$(pytest)

endure: ## Try for hours what make test tries for minutes: kills, requests, examples, all of France
	@echo 'Runs the tests in their long form, then the campaigns of endure/: some hours.'
	@$(ready)
	ENDURE=1 $(pytest)
	$(BIN)/python endure

packages: ## Install the Debian packages that the tests need, where that is possible
	@.ci/packages $(DEBIAN_PACKAGES)

# Their absence is told by the tests that miss them.
beside: $(BIN)/python
	-@$(MAKE) --no-print-directory --keep-going addok frictionless

addok: $(ADDOK)/.ready ## Install the geocoding server that the tests ask, if needed

frictionless: $(FRICTIONLESS)/.ready ## Install the checker of published files, if needed

bench: $(VENV)/.test ## Measure ours and the peers, write bench/RESULTS.md; SMALL=1 has a quick look
	@.ci/packages chromium fonts-dejavu-core postgresql postgresql-postgis
	-@$(MAKE) --no-print-directory $(PEERS)/.ready
	@$(BIN)/python bench $(if $(SMALL),--small)

lint: $(VENV)/.test ## Check style and types
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary

format: $(VENV)/.test ## Put the code in shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

check: $(VENV)/.runtime ## Verify the shipped data and the database
	@exec $(BIN)/mapapp check

upgrade: REFRESH := --upgrade
lock: ## Write the lock files again, keeping the versions that still fit
upgrade: ## Write the lock files again, with the newest versions
lock upgrade: $(BIN)/python
	@$(PIP) install 'uv>=0.13'
	@$(compile) pyproject.toml --group build --output-file requirements/runtime.txt
	@$(compile) pyproject.toml --group build --extra test \
		--constraint requirements/runtime.txt --output-file requirements/test.txt
	@$(compile) requirements/addok.in --override requirements/addok-overrides.in \
		--output-file requirements/addok.txt
	@$(compile) requirements/frictionless.in --output-file requirements/frictionless.txt
	@$(compile) requirements/peers.in --output-file requirements/peers.txt

clean: ## Remove what can be made again; the database stays
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		tests/artifacts
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# On Debian, ensurepip is a package of its own; root in a container may simply have it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'mapapp demande Python 3.11 ou plus récent. Nommez-le : make serve PYTHON=python3.12' >&2; \
		exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/packages python3-venv
	@$(PYTHON) -m venv --clear $(VENV)

$(VENV)/.runtime: $(BIN)/python requirements/runtime.txt pyproject.toml
	@echo 'Installation de mapapp dans $(VENV) (une minute environ la première fois)…'
	@$(call install,runtime)
	@touch $@

$(VENV)/.test: $(BIN)/python requirements/runtime.txt requirements/test.txt pyproject.toml
	@echo 'Installing mapapp and its tests in $(VENV)…'
	@$(call install,test)
	@touch $@ $(VENV)/.runtime

$(ADDOK)/.ready: $(BIN)/python requirements/addok.txt
	@echo 'Installing Addok in $(ADDOK)…'
	@$(call apart,$(ADDOK),addok)
	@touch $@

$(FRICTIONLESS)/.ready: $(BIN)/python requirements/frictionless.txt
	@echo 'Installing Frictionless in $(FRICTIONLESS)…'
	@$(call apart,$(FRICTIONLESS),frictionless)
	@touch $@

$(PEERS)/.ready: $(BIN)/python requirements/peers.txt
	@echo 'Installing the peers in $(PEERS)…'
	@$(call apart,$(PEERS),peers)
	@touch $@
