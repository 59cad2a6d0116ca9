# Two commands matter: `make serve` and `make test`. Both set up what they need, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: serve test lint bench models lock clean

serve: $(READY) ## Serve calls on http://127.0.0.1:8080
	@$(BIN)/warmline models pull --set serve
	@$(BIN)/warmline serve

test: $(READY) lint ## Run every check and test that this machine can run
	@$(BIN)/warmline models pull --set serve
	@$(BIN)/warmline models pull --set test
	@$(BIN)/python -m pytest

# CORPUS="folder …" measures with recorded speech of your own, QUICK=1 takes 5 minutes instead of 30,
# ONLY="answers calls" takes only these measures, PEERS=1 also sets up the peers (3 GB).
bench: $(READY) ## Measure this machine: benchmarks/results/report.md
	@$(BIN)/warmline models pull --set serve
	@$(if $(PEERS),$(BIN)/python benchmarks/peers/setup.py pipecat)
	@$(BIN)/python benchmarks/suite.py $(CORPUS) $(if $(QUICK),--quick) $(foreach name,$(ONLY),--only $(name))

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

lock: $(READY) ## Resolve the dependencies anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	    --generate-hashes --no-header --upgrade --output-file requirements.lock

clean:
	rm -rf $(VENV)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Warmline needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	    || { echo "On Debian and Ubuntu first: sudo apt-get install python3-venv"; exit 1; }
	@echo "Installing into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)
