"""The jars of Apache Kafka: fetched once into the user's cache, each checked against the hash that we committed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from makegood.broker.errors import BrokerError

VERSION = "4.3.0"
# kafka-clients must be named: otherwise the resolver takes an older one from another artifact's managed versions
ENDPOINT = f"org.apache.kafka:kafka_2.13:{VERSION}+org.apache.kafka:kafka-clients:{VERSION}+org.slf4j:slf4j-simple:1.7.36"


def cache() -> Path:
    """Where the jars are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "makegood" / f"kafka-{VERSION}"


def locked() -> dict[str, str]:
    """File name -> sha256, as committed."""
    lines = files("makegood.broker").joinpath("jars.lock").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines if line and not line.startswith("#"))}


def classpath(say: Callable[[str], None]) -> str:
    """What Java is given as class path; fetches the jars where they are not there yet. Raises BrokerError."""
    place, wanted = cache(), locked()
    if any(not (place / name).exists() for name in wanted):
        say(f"fetching Apache Kafka {VERSION} ({len(wanted)} files, 44 MB, once)")
        _fetch(place, wanted)
    for name, digest in wanted.items():
        if _digest(place / name) != digest:
            raise BrokerError(f"{place / name} is not the file that was locked: remove {place} and try again")
    return os.pathsep.join(str(place / name) for name in wanted)


def resolve(directory: Path) -> list[Path]:
    """Every jar of the endpoint, resolved and downloaded below a directory. Raises whatever the resolver raises."""
    import jgo

    # The resolver shows progress bars of its own on standard output, which may be somebody's pipe.
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        return [Path(jar) for jar in jgo.build(ENDPOINT, cache_dir=directory).all_jars]


def _fetch(place: Path, wanted: dict[str, str]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
        try:
            jars = {jar.name: jar for jar in resolve(Path(scratch))}
        except Exception as error:
            raise BrokerError(f"Apache Kafka could not be fetched ({error}): the first start needs a network and Maven Central") from error
        if missing := sorted(set(wanted) - set(jars)):
            raise BrokerError(f"the resolver found no {', '.join(missing)}: the lock of the jars is out of date")
        for name, digest in wanted.items():
            if _digest(jars[name]) != digest:
                raise BrokerError(
                    f"{name} does not have the hash that was locked: it was tampered with, or cut off on the way; nothing is kept"
                )
        for name in wanted:  # a rename within one file system: another process never sees half a file
            staged = place / f".{name}.{os.getpid()}"
            shutil.copyfile(jars[name], staged)
            staged.replace(place / name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
