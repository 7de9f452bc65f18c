"""The jars are those that were locked, or none."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from makegood.local.broker import BrokerError, jars
from makegood.local.broker.progress import Step, stages
from tests.patience import PATIENT_S

CONTENT = b"a jar"


@pytest.fixture
def two(tmp_path, monkeypatch):
    """A lock of two jars, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    digest = hashlib.sha256(CONTENT).hexdigest()
    lock = [jars.Jar("org.example", name, "1.0", digest) for name in ("one", "two")]
    monkeypatch.setattr(jars, "locked", lambda: lock)
    return lock


def _coming(monkeypatch, content: bytes = CONTENT, error: Exception | None = None) -> list[str]:
    asked = []

    def download(url: str, path: str, _pooch: object, *, stop: Event) -> None:
        asked.append(url.partition("://")[2].partition("/org/")[2])
        if error:
            raise error
        Path(path).write_bytes(content)

    monkeypatch.setattr(jars, "download", download)
    return asked


def _kept() -> set[str]:
    return {path.name for path in jars.cache().iterdir()}


def test_the_lock_names_every_jar_once_with_a_hash_and_no_address():
    lock = jars.locked()
    assert {"kafka_2.13-4.3.0.jar", "kafka-clients-4.3.0.jar", "slf4j-simple-1.7.36.jar"} <= {jar.name for jar in lock}
    assert len({jar.name for jar in lock}) == len({(jar.group, jar.artifact) for jar in lock}) == len(lock)
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in lock)
    assert "://" not in (Path(jars.__file__).parent / "jars.lock").read_text()


def test_jars_are_fetched_once_into_the_users_cache(two, tmp_path, monkeypatch):
    asked, said = _coming(monkeypatch), []
    first = jars.classpath(said.append)
    assert sorted(asked) == ["example/one/1.0/one-1.0.jar", "example/two/1.0/two-1.0.jar"]
    assert str(said[0]) == "fetching Apache Kafka 4.3.0 (45 MB, once)"
    assert [step.far for step in said] == ["", "1 of 2 files", "2 of 2 files"]
    assert len({step.stage for step in said}) == 1
    asked.clear()
    assert jars.classpath(pytest.fail) == first
    assert asked == []
    assert jars.cache().is_relative_to(tmp_path / "cache" / "makegood")
    assert _kept() == {jar.name for jar in two}, "no scratch file stays"


def test_a_log_has_a_line_for_each_stage_whatever_it_is_called():
    said: list[str] = []
    tell = stages(said.append)
    for step in (Step("fetching: all"), Step("fetching: all", "1 of 2"), Step("fetching: more"), Step("fetching: all", "2 of 2")):
        tell(step)
    assert said == ["fetching: all", "fetching: more"]


def test_only_what_is_missing_is_fetched(two, monkeypatch):
    asked = _coming(monkeypatch)
    jars.classpath(lambda _: None)
    (jars.cache() / two[1].name).unlink()
    asked.clear()
    jars.classpath(lambda _: None)
    assert asked == ["example/two/1.0/two-1.0.jar"]


def test_a_jar_that_comes_with_another_hash_is_refused_and_not_kept(two, monkeypatch):
    _coming(monkeypatch, content=b"another jar")
    with pytest.raises(BrokerError, match="does not have the hash that was locked"):
        jars.classpath(lambda _: None)
    assert _kept() == set()
    _coming(monkeypatch)
    assert jars.classpath(lambda _: None)


def test_a_jar_that_changed_in_the_cache_is_refused(two, monkeypatch):
    _coming(monkeypatch)
    jars.classpath(lambda _: None)
    (jars.cache() / two[0].name).write_bytes(b"a jbr")
    with pytest.raises(BrokerError, match="is not the file that was locked: remove"):
        jars.classpath(lambda _: None)


def test_a_first_start_without_a_network_says_so_in_one_short_sentence_and_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "offline"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.raises(BrokerError) as caught:
        jars.classpath(lambda _: None)
    said = str(caught.value)
    assert re.match(r"Apache Kafka could not be fetched: [\w.-]+\.jar did not come \([^()]{5,80}\)\. The first start needs a network", said)
    assert "://" not in said
    assert time.monotonic() - began < PATIENT_S
    assert _kept() == set()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk of .* is full: .* name another cache in XDG_CACHE_HOME"),
        (errno.EACCES, "the cache .* cannot be used .*: mend it, or name another in XDG_CACHE_HOME"),
    ],
)
def test_a_cache_that_is_full_or_closed_is_not_mistaken_for_a_missing_network(two, monkeypatch, number, words):
    _coming(monkeypatch, error=OSError(number, "as the system says it"))
    with pytest.raises(BrokerError, match=words):
        jars.classpath(lambda _: None)


def test_a_cache_that_cannot_be_made_is_told(two, tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file in its place")
    _coming(monkeypatch)
    with pytest.raises(BrokerError, match="the cache .* cannot be used"):
        jars.classpath(lambda _: None)


def test_who_interrupts_a_fetch_does_not_wait_for_it_and_finds_no_scratch_file(two, monkeypatch):
    def download(url: str, path: str, _pooch: object, *, stop: Event) -> None:
        if "two" in url:
            assert stop.wait(PATIENT_S)
            raise RuntimeError("not wanted any more")
        Path(path).write_bytes(CONTENT)

    def interrupted(step: Step) -> None:
        if step.far == "1 of 2 files":
            raise KeyboardInterrupt

    monkeypatch.setattr(jars, "download", download)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        jars.classpath(interrupted)
    assert time.monotonic() - began < PATIENT_S
    assert _kept() == {two[0].name}, "what came whole is kept for the next try"


def test_what_a_killed_fetch_left_is_swept_away_by_a_later_one(two, monkeypatch):
    _coming(monkeypatch)
    jars.cache().mkdir(parents=True)
    stale, fresh = (jars.cache() / f"tmp{name}" for name in ("stale", "fresh"))
    for file in (stale, fresh):
        file.touch()
    os.utime(stale, (0, 0))
    jars.classpath(lambda _: None)
    assert not stale.exists()
    assert fresh.exists(), "another process may be fetching into it"


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if "two" in self.path:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None: ...


def test_a_jar_that_is_not_there_is_told_without_an_address(two, monkeypatch, capfd):
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        monkeypatch.setattr(jars, "address", lambda _, artifact, version: f"http://127.0.0.1:{server.server_port}/{artifact}-{version}.jar")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(BrokerError, match=r"two-1.0.jar did not come \(404 Client Error: Not Found\)\. The first start"):
                jars.classpath(lambda _: None)
        finally:
            server.shutdown()
            thread.join()
    assert _kept() <= {two[0].name}
    assert capfd.readouterr().err == "", "what comes is said by us alone"
