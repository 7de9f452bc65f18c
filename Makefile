# Every target works on a machine that has python3 and make: `setup` brings the rest.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup lock check test test-faults bench docs clean

setup: .venv/ready

.venv/ready: requirements/bootstrap.txt requirements/dev.txt requirements/java.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt $$(bash scripts/java-extra.sh)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

lock:  ## resolve every dependency anew, with hashes and without addresses
	bash scripts/lock.sh
