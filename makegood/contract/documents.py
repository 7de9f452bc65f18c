"""Every document that is made from the code, written below docs/, and what of the language is published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from makegood.contract.asyncapi import asyncapi
from makegood.contract.compatibility import messages_broken
from makegood.contract.console_api import console_api
from makegood.contract.messages import MESSAGES, schemas
from makegood.contract.pages import facts_page, policy_page, reasons_page, topics_page
from makegood.errors import UserError
from schemas.inputs import SCHEMA_VERSION


def as_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def documents() -> dict[str, str]:
    """Everything that is generated: path below docs/ -> text."""
    found = {f"schemas/{MESSAGES[name].path}": as_json(schema) for name, schema in schemas().items()}
    pages = {"topics.md": topics_page(), "facts.md": facts_page(), "policy.md": policy_page(), "reasons.md": reasons_page()}
    return {**found, "asyncapi.json": as_json(asyncapi()), "console-api.json": as_json(console_api()), **pages}


def export(docs: Path) -> list[str]:
    """Write every document below `docs`, remove the schemas of messages that are no more; the paths that changed."""
    wanted = documents()
    changed = [path for path, text in wanted.items() if _write(docs / path, text)]
    for group in {entry.group for entry in MESSAGES.values()}:
        for file in (docs / "schemas" / group).glob("*.json"):
            if (path := file.relative_to(docs).as_posix()) not in wanted:
                file.unlink()
                changed.append(path)
    return changed


def _write(file: Path, text: str) -> bool:
    if file.exists() and file.read_text("utf-8") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return True


def published(docs: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Published version (v1, ...) -> message type -> JSON Schema, from `docs`/schemas/published."""
    versions = sorted((docs / "schemas" / "published").glob("v*"))
    return {v.name: {f.stem: json.loads(f.read_text("utf-8")) for f in sorted(v.rglob("*.json"))} for v in versions}


def broken(docs: Path) -> list[str]:
    """What the language of today breaks of what was published, one sentence each."""
    rules = {name: entry.rule for name, entry in MESSAGES.items()}
    return [f"{version} {what}" for version, old in published(docs).items() for what in messages_broken(old, schemas(), rules)]


def publish(docs: Path) -> Path:
    """Freeze the language of today as published. Raises UserError when that would break what was published before."""
    if found := broken(docs):
        raise UserError("\n  ".join(["this would break those who use what was published:", *found]))
    folder = docs / "schemas" / "published" / f"v{SCHEMA_VERSION}"
    for name, schema in schemas().items():
        _write(folder / MESSAGES[name].path, as_json(schema))
    return folder
