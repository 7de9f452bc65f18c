"""The OpenAPI document of the console, as it is written down: the board's types are made from it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from console.app import build_app
from console.pipeline_health import PipelineHealth
from console.settings import ConsoleSettings


def console_api() -> dict[str, Any]:
    """Of a console with settings as they are by default. Nothing is opened."""
    engine = create_async_engine("sqlite+aiosqlite://")
    app, _ = build_app(ConsoleSettings(), engine, _send, PipelineHealth(), lambda: 0.0)
    return app.openapi()


async def _send(_: Any) -> Any:
    raise NotImplementedError("a document sends no commands")
