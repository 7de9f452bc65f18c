#!/usr/bin/env bash
# Resolve requirements/*.txt anew: versions and hashes, no addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 "$@"; }
compile requirements/bootstrap.in -o requirements/bootstrap.txt
compile pyproject.toml -o requirements/run.txt
compile pyproject.toml --extra local --group dev -c requirements/run.txt -o requirements/dev.txt
compile pyproject.toml --extra java -c requirements/run.txt -o requirements/java.txt
compile pyproject.toml --extra local --group dev --group bench -o requirements/bench.txt
