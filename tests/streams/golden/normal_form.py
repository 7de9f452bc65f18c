"""The normal form of an output, in which two versions of the code are compared: every structured field, and nothing that is noise."""

from __future__ import annotations

import hashlib
import json
from typing import Any

KIND = {
    "tasks": "status",
    "alerts": "level",
    "decisions": "verdict",
    "notices": "kind",
    "unresolved": "type",
    "dead-letters": "fault",
}
"""What an output of each topic is counted by."""
IDENTITY = {
    "tasks": ("id", "version"),
    "alerts": ("id", "version"),
    "decisions": ("customer", "verdict", "about", "at"),
    "notices": ("id",),
    "unresolved": ("key",),
    "dead-letters": ("fault",),
}
"""Which outputs of two runs are the same one. Of those that are named alike the first belongs to the first, and so on."""
ONLY = {"dead-letters": ("fault",)}
"""Of these topics no more is compared: dead letters count by their fault."""
LEFT_OUT = ("basis.policy",)
DIGITS = 9
"""Significant digits of a number: the last few are another machine's library of mathematics."""

Normal = dict[str, Any]


def normal(topic: str, key: bytes, value: bytes | None) -> Normal:
    """An output with its topic and key; the basis of a decision as fields of its own. The one place to adapt to another wire."""
    said: Normal = {"type": "tombstone"} if value is None else json.loads(value)
    said |= {f"basis.{name}": known for name, known in said.pop("basis", {}).items()}
    kept = {name: _rounded(known) for name, known in said.items() if name in ONLY.get(topic, said) and name not in LEFT_OUT}
    return {"topic": topic, "key": "" if topic in ONLY else key.decode(), **kept}


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return float(f"{value:.{DIGITS}g}")
        case dict():
            return {name: _rounded(known) for name, known in value.items()}
        case list():
            return [_rounded(known) for known in value]
        case _:
            return value


def kind(output: Normal) -> str:
    """Topic and kind, as outputs are counted."""
    return f"{output['topic']}: {output[KIND[output['topic']]]}"


def line(output: Normal) -> str:
    """As one line of JSON; the order of the fields says nothing."""
    return json.dumps(output, sort_keys=True, ensure_ascii=False)


def digest(outputs: list[Normal]) -> str:
    """Six hexadecimal digits for so many outputs in this order."""
    return hashlib.blake2b("\n".join(map(line, outputs)).encode(), digest_size=3).hexdigest()
