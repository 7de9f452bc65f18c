"""The supervisor: services of Makegood as child processes, each started again when it ends, none left behind."""

from makegood.local.supervisor.claim import Claim, Running, running
from makegood.local.supervisor.service import Health, Service
from makegood.local.supervisor.supervisor import Supervisor

__all__ = ["Claim", "Health", "Running", "Service", "Supervisor", "running"]
