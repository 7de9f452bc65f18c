#!/usr/bin/env bash
# Print the extra requirements for a machine without Java 17 (nothing where there is one).
version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
[ "${version:-0}" -ge 17 ] || echo "-r requirements/java.txt"
