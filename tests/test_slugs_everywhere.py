"""Values of enumerations are slugs, never sentences: in every package, whoever reads them."""

from __future__ import annotations

import enum
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

PACKAGES = ("schemas", "gateway", "streams", "handlers", "console", "makegood")
SLUG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
TYPED_BY_PEOPLE = {"FormatName"}
"""What is typed on the command line has dashes."""


def enumerations() -> Iterator[type[enum.StrEnum]]:
    for package in PACKAGES:
        top = importlib.import_module(package)
        for found in pkgutil.walk_packages(top.__path__, f"{package}."):
            if found.name.endswith("__main__") or ".migrations" in found.name:
                continue
            for one in vars(importlib.import_module(found.name)).values():
                if isinstance(one, type) and issubclass(one, enum.StrEnum) and one.__module__ == found.name:
                    yield one


ALL = [one for one in enumerations() if one.__name__ not in TYPED_BY_PEOPLE]


def test_the_enumerations_are_found():
    assert {"Verdict", "Outcome", "Role", "Verification", "Health"} <= {one.__name__ for one in ALL}


@pytest.mark.parametrize("kind", ALL, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_the_values_of_an_enumeration_are_slugs(kind):
    assert [one.value for one in kind if not SLUG.fullmatch(one.value)] == []
