"""The jars of Apache Kafka: fetched once into the user's cache, each checked against the hash that we committed."""

from __future__ import annotations

import errno
import os
import re
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from threading import Event

from makegood.local.broker.errors import BrokerError
from makegood.local.broker.progress import Progress, Step
from schemas.wording import counted

VERSION = "4.3.0"
# kafka-clients must be named: otherwise the resolver takes an older one from another artifact's managed versions
ENDPOINT = f"org.apache.kafka:kafka_2.13:{VERSION}+org.apache.kafka:kafka-clients:{VERSION}+org.slf4j:slf4j-simple:1.7.36"
AT_ONCE = 6
CHUNK = 1 << 16
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


def classpath(say: Progress) -> str:
    """What Java is given as class path; fetches the jars that are not there yet. Raises BrokerError."""
    import pooch

    place, wanted = cache(), locked()
    missing = [jar for jar in wanted if not (place / jar.name).exists()]
    try:
        if missing:
            _fetch(place, missing, say)
        wrong = [jar.name for jar in wanted if pooch.file_hash(place / jar.name) != jar.sha256]  # 45 MB take 30 ms
    except OSError as error:
        raise BrokerError(_why_the_cache_fails(place, error)) from error
    if wrong:
        raise BrokerError(f"{place / wrong[0]} is not the file that was locked: remove {place} and try again")
    return os.pathsep.join(str(place / jar.name) for jar in wanted)


def resolve() -> list[tuple[str, str, str]]:
    """Group, artifact and version of every jar that Kafka needs, as the resolver finds them now: to make the lock anew."""
    import jgo

    return sorted((a.groupId, a.artifactId, a.version) for a in jgo.resolve(ENDPOINT))


def address(group: str, artifact: str, version: str) -> str:
    """Where Maven Central has a jar, as the Maven client knows it."""
    from jgo.maven import MavenContext

    context = MavenContext()
    jar = context.project(group, artifact).at_version(version).artifact()
    return f"{context.remote_repos['central']}/{jar.component.path_prefix.as_posix()}/{jar.filename}"


def download(url: str, path: str, _pooch: object, *, stop: Event) -> None:
    """As pooch asks for it: bring one file. Raises whatever the network raises, RuntimeError when told to stop."""
    from pooch import HTTPDownloader

    HTTPDownloader(progressbar=_Stopping(stop), chunk_size=CHUNK)(url, path, _pooch)


class _Stopping:
    """A progress bar as pooch asks for one: shows nothing, and ends a download that nobody waits for."""

    total = 0

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def update(self, _count: int) -> None:
        if self._stop.is_set():
            raise RuntimeError("not wanted any more")

    def reset(self) -> None: ...

    def close(self) -> None: ...


def _fetch(place: Path, missing: list[Jar], say: Progress) -> None:
    place.mkdir(parents=True, exist_ok=True)
    _sweep(place)
    stage, stop = f"fetching Apache Kafka {VERSION} (45 MB, once)", Event()
    say(Step(stage))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        coming = {pool.submit(_bring, jar, place, stop): jar for jar in missing}
        try:
            for count, done in enumerate(as_completed(coming), 1):
                _arrived(done.result, coming[done])
                say(Step(stage, f"{count} of {counted(len(missing), 'file')}"))
        finally:  # after a failure or Ctrl-C nobody waits for the rest
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _bring(jar: Jar, place: Path, stop: Event) -> None:
    """Written beside its place, and renamed when the hash is right: another process never sees half a file."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # what comes is said by us
    url = address(jar.group, jar.artifact, jar.version)
    pooch.retrieve(url, f"sha256:{jar.sha256}", jar.name, place, downloader=partial(download, stop=stop))


def _sweep(place: Path) -> None:
    """Remove what a fetch that was killed has left."""
    for left in place.glob(tempfile.gettempprefix() + "*"):
        if time.time() - left.stat().st_mtime > STALE_S:
            left.unlink(missing_ok=True)


def _arrived(result: Callable[[], object], jar: Jar) -> None:
    try:
        result()
    except PermissionError as error:  # pooch's own has no number
        raise OSError(error.errno or errno.EACCES, os.strerror(error.errno or errno.EACCES)) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL | _FORBIDDEN:
            raise
        raise BrokerError(_why_it_did_not_come(jar, error)) from error


def _why_it_did_not_come(jar: Jar, error: Exception) -> str:
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # said by pooch; the network's errors are OSErrors
        return f"{jar.name} does not have the hash that was locked: it was tampered with, or cut off on the way; it is not kept, try again"
    return (
        f"Apache Kafka could not be fetched: {jar.name} did not come ({_reason(error)}). "
        "The first start needs a network that reaches Maven Central; later ones need none"
    )


_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def _why_the_cache_fails(place: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"the disk of {place} is full: the jars of Kafka need 100 MB. Free some, or name another cache in XDG_CACHE_HOME"
    return f"the cache {place} cannot be used ({error.strerror or error}): mend it, or name another in XDG_CACHE_HOME"


def _reason(error: BaseException) -> str:
    """What a network library means, without its object names and addresses: the innermost cause says it."""
    said = next(iter(str(error).splitlines()), type(error).__name__).partition(" for url")[0]
    inner = re.findall(r"(?:\] |: |')([A-Z][a-z]+(?: [a-z]+)+)", said)
    return inner[-1] if inner else said[:160]
