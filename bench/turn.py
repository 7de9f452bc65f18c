"""One turn of one part, of the tree in whose folder it runs: `python -c <this text> '{"part": ..., ...}'`. Prints a line with what was measured.

It is how an earlier commit is driven: this text runs in that commit's tree, by its interpreter, and uses that commit's own bench. So it may use
only names that the bench has had since 550a05a.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path.cwd()))

from bench import kafka, live, race, verify  # noqa: E402
from bench.trial import Trial  # noqa: E402


class Inputs(race.Race):
    """The inputs of a job under a name of our own."""

    def _inputs(self, *, slow):
        return self.prefix, self.size.events


def pour(told):
    """Make the inputs of a job, once for all its turns."""
    inputs = Inputs(told.bootstrap, told.job, race.Size(told.events, 0, 1), Path(told.directory))
    inputs.prefix = told.prefix
    inputs.prepare(["makegood"])
    return {}


def job(told):
    """The engine job or the whole job."""
    prefix = f"{told.prefix}{told.turn}."
    trial = Trial("makegood", told.job, told.bootstrap, told.prefix, prefix, told.events, f"{told.directory}/{told.turn}")
    kafka.make_topics(told.bootstrap, {prefix + topic: config for topic, config in race.own_topics(told.job).items()})
    measured = race.run_trial(trial)
    if told.turn == 0:
        checked = verify.EngineExpectation(told.bootstrap, told.prefix).check(trial) if told.job == "engine" else verify.check_whole(trial)
        measured["verified"] = checked
    kafka.remove_topics(told.bootstrap, lambda topic: topic.startswith(prefix))
    return measured


def latency(told):
    """Of the worker at 1,000 events a second."""
    return live.latency(told.bootstrap, Path(told.directory), seconds=told.seconds, prefix=f"{told.prefix}{told.turn}.")


def restart(told):
    """After kill -9."""
    return live.restart(told.bootstrap, Path(told.directory), times=told.times, prefix=f"{told.prefix}{told.turn}.")


def recovery(told):
    """Of the state of the whole job, for so many customers."""
    from bench.scale import Scale, Templates

    prefix = f"{told.prefix}{told.turn}."
    scale = Scale(told.bootstrap, Path(told.directory), quick=True)
    live.make_topics(told.bootstrap, prefix)
    scale._pour_state(prefix, Templates(min(told.customers, scale.models)).records(told.customers))
    measured = race.run_trial(scale._trial("whole", prefix, 0, recover_only=True))
    kafka.remove_topics(told.bootstrap, lambda topic: topic.startswith(prefix))
    return {"records_per_s": measured["recovered"] / measured["recovery_s"], "state_mb": measured["after_mb"] - measured["before_mb"]}


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print("RESULT " + json.dumps(globals()[given.pop("do")](SimpleNamespace(**given))), flush=True)
