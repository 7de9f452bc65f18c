"""The handlers as a process that can be made to die (SIGKILL to itself) at a chosen point, for tests only.

usage: python -m tests.handlers.process '{"settings of makegood.config.settings": ...}'
DIE_AT: `taken` (in the ledger, offset not committed), `sent` (taken by the destination, not recorded), `published` (on the topic, not marked);
DIE_ON: at which time that point is reached.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from handlers import destination_worker, ledger, outbox
from makegood.config import settings
from makegood.services import notifications


class _Fuse:
    def __init__(self) -> None:
        self.point, self.left = os.environ.get("DIE_AT"), int(os.environ.get("DIE_ON", "1"))

    def at(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _wire(fuse: _Fuse) -> None:
    take, settle, publish_some = ledger.Ledger.take, destination_worker.DestinationWorker._settle, outbox.Outbox.publish_some

    async def taking(self, arrivals, now):
        new = await take(self, arrivals, now)
        if new:
            fuse.at("taken")
        return new

    async def settling(self, claim, answer, again_at=None):
        fuse.at("sent")
        await settle(self, claim, answer, again_at)

    async def publishing(self, publish):
        async def then(records):
            await publish(records)
            fuse.at("published")

        return await publish_some(self, then)

    ledger.Ledger.take, destination_worker.DestinationWorker._settle, outbox.Outbox.publish_some = taking, settling, publishing


if __name__ == "__main__":
    _wire(_Fuse())
    notifications.run(settings.load(**json.loads(sys.argv[1])))
