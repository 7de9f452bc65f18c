# Every target works on a machine that has python3 and make: `setup` brings the rest.
PYTHON ?= python3
BIN := .venv/bin

# Where it is set (images of containers do), each process of the hundreds that the suites start would compile all that it imports, again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo setup ui board picture lock check test test-journeys test-board test-faults test-protocol bench bench-fold judge docs freeze clean

setup: .venv/ready

.venv/ready: requirements/bootstrap.txt requirements/dev.txt requirements/java.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt $$(bash scripts/java-extra.sh)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

UI := console/ui

ui: $(UI)/.built  ## build the board, when its sources changed (needs Node.js 20.19 or newer)

$(UI)/.built: $(UI)/package-lock.json $(UI)/index.html docs/console-api.json $(wildcard $(UI)/*.ts $(UI)/*.json $(UI)/*.jsonc) $(shell find $(UI)/src $(UI)/scripts $(UI)/public -type f 2>/dev/null)
	cd $(UI) && npm ci --no-audit --no-fund
	cd $(UI) && npm run check && npm run test && npm run build
	touch $@

board:  # the board where there is Node.js; without it the tests that want it are skipped, and say so
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui; else echo "no Node.js: the board is not built"; fi

lock:  ## resolve every dependency anew, with hashes and without addresses
	bash scripts/lock.sh

check: setup  ## lint, types, structure
	$(BIN)/ruff check .
	$(BIN)/ruff format --check schemas gateway streams handlers console makegood tests
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/contracts

test: setup board  ## the fast suite: no broker, no browser
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not journeys and not faults and not load and not board"

test-journeys: setup board  ## commands and parts as real processes, on a real broker
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "journeys and not faults and not load and not board" --durations 30

test-board: setup board  ## every page and state of the board in a real browser
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "board and not faults and not load" tests/console/browser

test-faults: setup board  ## kill real processes under load: three brokers, several workers; and the load suites
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "(faults or load) and not alone" --timeout 900 -rfEP --durations 30
	$(BIN)/python -m pytest -m alone -rfEP --durations 30

demo: setup ui  ## watch it work: everything on this machine, with a made-up company; Ctrl-C ends it
	$(BIN)/makegood demo

# Again what was not sound: make test-protocol TRIALS=1 SEED=17. Without the rule: make test-protocol TRIALS=20 ARGS="--without-rule --only END_TXN"
TRIALS ?= 1000
SEED ?= 1

test-protocol: setup  ## seeded trials of the transaction protocol: requests and answers come up to 30 s late
	$(BIN)/python -m tests.faults.protocol --trials $(TRIALS) --first-seed $(SEED) $(ARGS)

# One part, shortly: make bench ARGS="--only engine --events 20000". Ratios to an earlier commit: make bench AGAINST=COMMIT
bench: .venv-bench/ready  ## side by side with the contenders; writes bench/results.md and bench/results.json
	.venv-bench/bin/python -m bench.run $(if $(AGAINST),--against $(AGAINST)) $(ARGS)

bench-fold: .venv-bench/ready  ## processor time of the fold alone, by turns with an earlier commit (AGAINST=COMMIT)
	.venv-bench/bin/python -m bench.fold $(if $(AGAINST),--against $(AGAINST))

.venv-bench/ready: setup requirements/bench.txt scripts/bench-python.sh
	rm -rf .venv-bench
	$$(bash scripts/bench-python.sh $(PYTHON)) -m venv .venv-bench
	$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --require-hashes -r requirements/bench.txt $$(bash scripts/java-extra.sh)
	$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --no-deps --no-build-isolation --editable .
	touch $@

judge: setup  ## how good the judgement is, on real histories through the real fold; DATA=FOLDER, SETS="cdnow banking77"
	$(BIN)/python -m bench.judge $(if $(DATA),--data $(DATA)) $(foreach set,$(SETS),--set $(set))

picture: setup ui  ## the pictures of the board in docs/, taken by a test
	MAKEGOOD_PICTURE=1 $(BIN)/python -m pytest -q tests/console/browser -k picture

docs: setup  ## make the generated pages, schemas and the AsyncAPI document anew
	$(BIN)/makegood schemas export
	$(BIN)/python -m tests.import_table
	$(BIN)/python -m tests.aspects_page

freeze: docs  ## before the first release only: forget what was published, and publish the language of today instead
	rm -rf docs/schemas/published
	$(BIN)/makegood schemas export --publish

clean:
	rm -rf .venv .venv-bench $(UI)/node_modules $(UI)/dist $(UI)/.built .mypy_cache .ruff_cache .pytest_cache .hypothesis
