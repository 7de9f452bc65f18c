#!/usr/bin/env bash
# Print the Python that the bench runs on: the first that we support and that was built with PGO, else the one that is given.
# All contenders run on it, and an earlier commit that is measured beside ours, too.
cd "$(dirname "$0")/.."
for python in /usr/bin/python3 python3.13 python3.12 python3.11 python3; do
  if "$python" bench/interpreter.py >/dev/null 2>&1 && "$python" -c "import ensurepip, venv" 2>/dev/null; then
    command -v "$python"
    exit
  fi
done
command -v "${1:-python3}"
