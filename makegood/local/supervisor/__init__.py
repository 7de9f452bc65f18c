"""The supervisor: parts of Makegood as child processes, each started again when it ends, none left behind."""

from makegood.local.supervisor.claim import Claim, Running, running
from makegood.local.supervisor.part import Health, Part
from makegood.local.supervisor.supervisor import Supervisor

__all__ = ["Claim", "Health", "Part", "Running", "Supervisor", "running"]
