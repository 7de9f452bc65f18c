"""How the Python that runs this was built. As a program (`python bench/interpreter.py`) it fails where that was without PGO, or is too old.

PGO is profile-guided optimization: a build that has run Python's own tests first is about a sixth faster in what the bench measures.
"""

import platform
import sys
import sysconfig

LEAST = (3, 11)
"""As `requires-python` in pyproject.toml: this file must run on what it refuses."""


def packager():
    """Who packaged it, where that is Debian or a child of it: their rules build with `make profile-opt`, which sysconfig does not say."""
    if sys.base_prefix != "/usr" or not sysconfig.get_config_var("MULTIARCH"):
        return ""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return ""
    return system.get("NAME", "") if {"debian", "ubuntu"} & {system.get("ID", ""), *system.get("ID_LIKE", "").split()} else ""


def build():
    """`built with PGO`, or without, and how that is known."""
    if "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""):
        return "built with PGO (--enable-optimizations)"
    if packager():
        return f"built with PGO (the package of {packager()}, by its build rules)"
    return "built without PGO"


def describe():
    """One line."""
    return f"Python {platform.python_version()}, {build()}"


if __name__ == "__main__":
    print(describe())
    sys.exit(0 if sys.version_info >= LEAST and "with PGO" in build() else 1)
