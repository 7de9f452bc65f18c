"""The demo a second time: it goes on, it erases nothing without a word, and two of them beside each other share nothing."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from contextlib import suppress
from datetime import datetime

import pytest

from makegood import kafka
from makegood.kafka import Connection
from tests.installed import Installed, cluster_at, cluster_in, makegood

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1500)]

STANDS_WITHIN_S = 600
"""The suite may share two cores with others."""


def demo(started: list[Installed], folder, *words: str) -> Installed:
    one = Installed(folder, "demo", *words, home=".makegood/demo")
    started.append(one)
    return one


def history(address: str, began: str) -> int:
    """How many records there are on the input topics of what happened before a demo began."""

    async def read() -> int:
        found = 0
        for topic in ("feedback", "interactions", "commerce", "customers", "commands"):
            async for record in kafka.read_topic(Connection(address), f"makegood.{topic}"):
                with suppress(ValueError):  # a demo sends rubbish too
                    message = json.loads(record.value)
                    happened = message.get("occurred_at") or message.get("issued_at") or began
                    found += datetime.fromisoformat(happened) < datetime.fromisoformat(began)
        return found

    return asyncio.run(read())


def test_two_demos_that_start_at_the_same_moment_have_each_their_own_history(tmp_path, started):
    both = [demo(started, tmp_path / name, "--seed", seed) for name, seed in (("a", "7"), ("b", "8"))]
    for one in both:
        one.until("end it", "the history does not end", STANDS_WITHIN_S)
    addresses = [one.told("worker")["MAKEGOOD_KAFKA"] for one in both]
    assert len(set(addresses)) == 2
    for one, address in zip(both, addresses, strict=True):
        assert cluster_at(address) == cluster_in(one.home)
        count = int(re.search(r"([\d,]+) events of eight weeks", one.text)[1].replace(",", ""))
        past = history(address, json.loads((one.home / "demo.json").read_text())["began"])
        assert 0.9 * count < past <= count, "its history, and nobody else's"
    asked = [makegood("topics", "describe", folder=one.folder) for one in both]
    assert [address in done.stderr for address, done in zip(addresses, asked, strict=True)] == [True, True]


def test_a_second_demo_goes_on_and_says_how_to_start_anew(tmp_path, started):
    first = demo(started, tmp_path)
    first.until("end it", "it does not stand", STANDS_WITHIN_S)
    before, said = cluster_in(first.home), first.text
    key = re.search(r"API key +(\S+)", said)[1]
    first.end()
    again = demo(started, tmp_path)
    again.until("end it", "it does not stand again", STANDS_WITHIN_S)
    assert cluster_in(again.home) == before
    assert re.search(r"API key +(\S+)", again.text)[1] == key
    assert re.search(r"sign in as admin with (\S+)", again.text)[1] == re.search(r"sign in as admin with (\S+)", said)[1]
    assert "goes on" in again.text
    assert "--fresh" in again.text
    assert "events of eight weeks" not in again.text
    address = again.told("worker")["MAKEGOOD_KAFKA"]
    assert history(address, json.loads((again.home / "demo.json").read_text())["began"]) > 4000, "its past is gone"
    again.end()
    refused = makegood("demo", "--fresh", folder=tmp_path)
    assert refused.returncode == 1
    assert "--yes" in refused.stderr
    assert cluster_in(again.home) == before


def test_a_demo_that_was_cut_off_in_the_middle_of_its_history_pours_it_whole_and_once(tmp_path, started):
    first = demo(started, tmp_path)
    first.until(lambda: re.search(r"[\d,]+ of [\d,]+", _log(first)), "no history comes in", STANDS_WITHIN_S)
    first.kill()
    noted = json.loads((first.home / "demo.json").read_text())
    assert noted["past"] == "coming", "it was not cut off in the middle of its history"
    again = demo(started, tmp_path)
    again.until("events of eight weeks are decided", "the history does not end", STANDS_WITHIN_S)
    assert json.loads((again.home / "demo.json").read_text())["began"] == noted["began"]
    tasks = _tasks(again)
    assert tasks
    assert len(set(tasks)) == len(tasks), "something was decided twice"


def _log(one: Installed) -> str:
    log = one.home / "logs" / "history.log"
    return log.read_text(errors="replace") if log.exists() else ""


def _tasks(one: Installed) -> list[tuple[str, int]]:
    async def read() -> list[tuple[str, int]]:
        found = []
        async for record in kafka.read_topic(Connection(one.told("worker")["MAKEGOOD_KAFKA"]), "makegood.tasks"):
            if record.value is not None:
                task = json.loads(record.value)
                found.append((task["id"], task["version"]))
        return found

    return asyncio.run(read())


def test_an_installation_that_no_demo_made_is_not_touched_by_one(tmp_path, started):
    real = tmp_path / ".makegood"
    (real / "kafka" / "1").mkdir(parents=True)
    (real / "console.db").write_text("somebody's board")
    before = {path.relative_to(real): path.stat().st_mtime_ns for path in real.rglob("*")}
    for words in ((), ("--fresh", "--yes")):
        done = makegood("demo", "--dir", real, *words, folder=tmp_path)
        assert done.returncode == 1, done.stdout
        assert "which no demo made" in done.stderr
    assert {path.relative_to(real): path.stat().st_mtime_ns for path in real.rglob("*")} == before
    shutil.rmtree(real)
