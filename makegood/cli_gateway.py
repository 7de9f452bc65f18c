"""`makegood gateway` and `makegood translate`: receive, and see what a payload would become."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
