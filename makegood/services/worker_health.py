"""Health over HTTP: /livez (the process runs), /readyz (its partitions are recovered and read, or why not), /metrics."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from makegood.services import ports, worker_metrics
from streams.engine.faust_app import Engine


def readiness(engine: Engine) -> tuple[bool, dict[str, Any]]:
    """Whether the worker is ready, and a report that says why not, partition by partition."""
    health = engine.health()
    partitions = {
        str(lane.partition): {
            "recovered": lane.recovered,
            "lag": lane.lag,
            "last_commit_s_ago": None if lane.idle_s is None else round(lane.idle_s, 1),
            "waiting_chunks": lane.waiting,
        }
        for lane in health
    }
    if not health:
        reason = "no partitions assigned yet: the worker is joining its group, or other workers hold all of them"
    elif not all(lane.recovered for lane in health):
        reason = "the state is being recovered"
    else:
        reason = ""
    return not reason, {"ready": not reason, "reason": reason or "every assigned partition is recovered and read", "partitions": partitions}


async def serve(engine: Engine, host: str, port: int) -> web.AppRunner:
    """Start to answer; returns the runner, to be cleaned up at the end. Port 0 takes a free one."""
    collected = worker_metrics.registry(engine)

    async def livez(_: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def readyz(_: web.Request) -> web.Response:
        ready, report = readiness(engine)
        return web.json_response(report, status=200 if ready else 503)

    async def scrape(_: web.Request) -> web.Response:
        return web.Response(body=worker_metrics.exposition(collected), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", scrape)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, ports.listen(host, port), backlog=ports.BACKLOG).start()
    return runner
