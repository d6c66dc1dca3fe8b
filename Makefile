# The same commands for people and for CI. ARGS= passes more to pytest; WORKERS=0 runs serially.
# The first use of any target makes .venv from the hash-pinned lock.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
LOCK := .lock/requirements.txt
READY := .venv/ready
PY := .venv/bin/python
WORKERS ?= 3
TESTS := $(PY) -m pytest tests -n $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

.DEFAULT_GOAL := help
.PHONY: help predeploy postdeploy smoke test prove items serve lint bench lock tools clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

predeploy: $(READY)  ## judge a release before it is deployed (default target: the embedded one)
	$(PY) -m pytest -m predeploy -n $(WORKERS) $(ARGS)

postdeploy: $(READY)  ## judge a released target: make postdeploy ARGS="--target my-profile.toml"
	$(PY) -m pytest -m postdeploy $(ARGS)

smoke: $(READY)  ## the fast, harmless checks of a live target
	$(PY) -m pytest -m smoke $(ARGS)

test: $(READY)  ## Gatehouse's own tests
	$(TESTS) $(ARGS)

prove: $(READY)  ## turn every check red by its fault, and store the proofs
	$(PY) -m pytest --prove $(ARGS)

items: $(READY)  ## every item with its state, proof and checks
	$(PY) -m pytest --items $(ARGS)

serve: $(READY)  ## bring the embedded target up for people
	$(PY) -m fixtures.reference $(ARGS)

lint: $(READY)  ## style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

bench: $(READY)  ## speed, side by side with the alternatives
	$(PY) -m benchmarks $(ARGS)

lock:  ## pin the dependencies of pyproject.toml anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --allow-unsafe -o $(LOCK)

tools: .tools/ready .tools/anvil/ready  ## install Slither, and anvil where npm is, in a place of their own

.tools/ready: .lock/tools.txt
	@test -n "$(PYTHON)" || { echo "Gatehouse needs Python 3.11 or newer on the PATH."; exit 1; }
	@$(PYTHON) -m venv --clear .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r .lock/tools.txt
	@touch $@

# after .tools/ready, which begins with an empty .tools; tried again as long as anvil is left out
.tools/anvil/ready: .tools/ready .lock/anvil/package.json .lock/anvil/package-lock.json
	@command -v npm >/dev/null || { echo "anvil is left out: npm is not on the PATH"; exit 0; }; \
	rm -rf .tools/anvil && mkdir -p .tools/anvil && cp .lock/anvil/*.json .tools/anvil && \
	npm ci --loglevel=error --ignore-scripts --no-audit --no-fund --prefix .tools/anvil >/dev/null && \
	ln -sf ../anvil/node_modules/.bin/anvil .tools/bin/anvil && \
	.tools/bin/anvil --version >/dev/null && touch $@ || \
	{ rm -f .tools/bin/anvil; echo "anvil is left out: npm brought none that runs here"; }

clean:  ## remove the environment and the generated runs
	rm -rf .venv .tools reports/runs reports/latest

$(READY): $(LOCK)
	@test -n "$(PYTHON)" || { echo "Gatehouse needs Python 3.11 or newer on the PATH."; exit 1; }
	@echo "Setting up .venv from $(LOCK) (about a minute, once)"
	@$(PYTHON) -m venv --clear .venv || { \
		echo "Python's venv module is incomplete; on Debian: apt-get install python3-venv"; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--config-settings editable_mode=compat -e .
	@touch $@
