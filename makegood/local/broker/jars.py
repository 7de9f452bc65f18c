"""The jars of Apache Kafka: fetched once into the user's cache, each checked against the hash that we committed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Event

from makegood.local.broker.errors import BrokerError
from schemas.wording import counted

VERSION = "4.3.0"
# kafka-clients must be named: otherwise the resolver takes an older one from another artifact's managed versions
ENDPOINT = f"org.apache.kafka:kafka_2.13:{VERSION}+org.apache.kafka:kafka-clients:{VERSION}+org.slf4j:slf4j-simple:1.7.36"
AT_ONCE = 6
SCRATCH = "fetch-"
STALE_S = 3600


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def cache() -> Path:
    """Where the jars are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "makegood" / f"kafka-{VERSION}"


def locked() -> list[Jar]:
    """The jars and their hashes, as committed."""
    lines = files("makegood.local.broker").joinpath("jars.lock").read_text(encoding="utf-8").splitlines()
    return [_jar(*line.split()) for line in lines if line and not line.startswith("#")]


def _jar(sha256: str, coordinates: str) -> Jar:
    group, artifact, version = coordinates.split(":")
    return Jar(group, artifact, version, sha256)


def classpath(say: Callable[[str], None]) -> str:
    """What Java is given as class path; fetches the jars that are not there yet. Raises BrokerError."""
    place, wanted = cache(), locked()
    missing = [jar for jar in wanted if not (place / jar.name).exists()]
    try:
        if missing:
            _fetch(place, missing, say)
        wrong = [jar.name for jar in wanted if digest_of(place / jar.name) != jar.sha256]  # 45 MB take 30 ms
    except OSError as error:
        raise BrokerError(_why_the_cache_fails(place, error)) from error
    if wrong:
        raise BrokerError(f"{place / wrong[0]} is not the file that was locked: remove {place} and try again")
    return os.pathsep.join(str(place / jar.name) for jar in wanted)


def resolve() -> list[tuple[str, str, str]]:
    """Group, artifact and version of every jar that Kafka needs, as the resolver finds them now: to make the lock anew."""
    import jgo

    return sorted((a.groupId, a.artifactId, a.version) for a in jgo.resolve(ENDPOINT))


def download(group: str, artifact: str, version: str, directory: Path, stop: Event | None = None) -> Path:
    """Bring one jar below a directory. Raises whatever the network raises, RuntimeError where there is no such jar, or when told to stop."""
    from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def stopping(name: str, _size: int) -> Iterator[Callable[[int], None]]:
        def came(_count: int) -> None:
            if stop is not None and stop.is_set():
                raise RuntimeError(f"{name} is not wanted any more")

        yield came

    # A repository of our own, not the user's: a file cut off on the way must not be found there by the next try.
    context = MavenContext(repo_cache=directory, resolver=PythonResolver(progress_callback=stopping))
    path: Path = context.project(group, artifact).at_version(version).artifact().resolve()
    return path


def digest_of(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(place: Path, missing: list[Jar], say: Callable[[str], None]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    _sweep(place.parent)
    stage, stop = f"fetching Apache Kafka {VERSION} (45 MB, once)", Event()
    say(stage)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=SCRATCH) as scratch, ThreadPoolExecutor(AT_ONCE) as pool:
        coming = {pool.submit(download, jar.group, jar.artifact, jar.version, Path(scratch), stop): jar for jar in missing}
        try:
            for count, done in enumerate(as_completed(coming), 1):
                _keep(_arrived(done.result, coming[done]), coming[done], place)
                say(f"{stage}: {count} of {counted(len(missing), 'file')}")
        finally:  # after a failure or Ctrl-C nobody waits for the rest
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _sweep(folder: Path) -> None:
    """Remove what a fetch that was killed has left."""
    for left in folder.glob(SCRATCH + "*"):
        if time.time() - left.stat().st_mtime > STALE_S:
            shutil.rmtree(left, ignore_errors=True)


def _arrived(result: Callable[[], Path], jar: Jar) -> Path:
    try:
        return result()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL | _FORBIDDEN:
            raise
        raise BrokerError(
            f"Apache Kafka could not be fetched: {jar.name} did not come ({_reason(error)}). "
            "The first start needs a network that reaches Maven Central; later ones need none"
        ) from error


def _keep(path: Path, jar: Jar, place: Path) -> None:
    if digest_of(path) != jar.sha256:
        raise BrokerError(
            f"{jar.name} does not have the hash that was locked: it was tampered with, or cut off on the way; it is not kept, try again"
        )
    path.replace(place / jar.name)  # a rename within one file system: another process never sees half a file


_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def _why_the_cache_fails(place: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"the disk of {place} is full: the jars of Kafka need 100 MB. Free some, or name another cache in XDG_CACHE_HOME"
    return f"the cache {place} cannot be used ({error.strerror or error}): mend it, or name another in XDG_CACHE_HOME"


def _reason(error: BaseException) -> str:
    """What a network library means, without its object names and addresses: the innermost cause says it."""
    said = next(iter(str(error).splitlines()), type(error).__name__)
    inner = re.findall(r"(?:\] |: |')([A-Z][a-z]+(?: [a-z]+)+)", said)
    return inner[-1] if inner else said[:160]
