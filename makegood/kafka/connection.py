"""How Kafka is reached, and its client's errors as one clear sentence each."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
    ProducerFenced,
    RequestTimedOutError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.helpers import create_ssl_context

from makegood.errors import UserError
from schemas.failures import said

# the client logs each failed attempt; without a handler of its own Python would print those lines beside our one clear sentence
logging.getLogger("aiokafka").addHandler(logging.NullHandler())

TIMEOUT_MS = 15_000
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]


class KafkaUnavailable(UserError):
    """Kafka does not answer, or refuses."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the brokers are and how to reach them. `bootstrap` is HOST:PORT, several divided by commas."""

    bootstrap: str = "127.0.0.1:19092"
    security: Security = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def options(self) -> dict[str, Any]:
        """What every aiokafka client is given. Raises KafkaUnavailable when the settings do not fit together."""
        if self.security not in get_args(Security):
            raise KafkaUnavailable(f"Kafka security {self.security} is not known: it is one of {', '.join(get_args(Security))}")
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap.split(","), "security_protocol": self.security}
        if self.security.startswith("SASL"):
            options |= self._sasl()
        if self.security.endswith("SSL"):
            options["ssl_context"] = self._ssl()
        return options

    def _sasl(self) -> dict[str, Any]:
        if self.sasl_mechanism not in _MECHANISMS:
            raise KafkaUnavailable(f"SASL mechanism {self.sasl_mechanism} is not known here: it is one of {', '.join(_MECHANISMS)}")
        if self.username is None or self.password is None:
            raise KafkaUnavailable(f"Kafka security {self.security} needs a user name and a password")
        return {"sasl_mechanism": self.sasl_mechanism, "sasl_plain_username": self.username, "sasl_plain_password": self.password}

    def _ssl(self) -> Any:
        files = [str(file) if file else None for file in (self.ca_file, self.cert_file, self.key_file)]
        try:
            return create_ssl_context(cafile=files[0], certfile=files[1], keyfile=files[2])
        except OSError as error:
            raise KafkaUnavailable(
                f"the certificates for Kafka cannot be read: {error} (given: {', '.join(f for f in files if f)})"
            ) from error


class KafkaSettings(Protocol):
    """How the cluster is reached, and what distinguishes the topics and groups of one installation from those of others on it."""

    @property
    def connection(self) -> Connection: ...
    @property
    def prefix(self) -> str: ...
    @property
    def group(self) -> str: ...


def friendly(connection: Connection, error: Exception) -> KafkaUnavailable:
    where = connection.bootstrap
    if isinstance(error, SaslAuthenticationFailed):
        return KafkaUnavailable(
            f"{where} refuses the user name or password: look at MAKEGOOD_KAFKA_USERNAME, _PASSWORD and _SASL_MECHANISM"
        )
    if isinstance(error, UnsupportedSaslMechanismError):
        return KafkaUnavailable(f"{where} does not know the SASL mechanism {connection.sasl_mechanism}: set MAKEGOOD_KAFKA_SASL_MECHANISM")
    if isinstance(error, ssl.SSLError):
        return KafkaUnavailable(f"{where} {_about_tls(error)}")
    if isinstance(error, HangsUp):
        return KafkaUnavailable(f"{where} hangs up on a {connection.security} connection: {_what_it_may_want(connection)}")
    if isinstance(error, KafkaTimeoutError | RequestTimedOutError | TimeoutError):  # before OSError, of which TimeoutError is one
        return KafkaUnavailable(f"{where} did not answer in time: is the whole cluster up?")
    if isinstance(error, KafkaConnectionError | NodeNotReadyError | OSError):
        return KafkaUnavailable(f"nobody answers at {where}: is the broker up? start one with `makegood broker up`")
    if isinstance(error, ProducerFenced):
        return KafkaUnavailable(
            "another process began the same after this one, and took over. Nothing was done twice: run this again for what is left"
        )
    return KafkaUnavailable(f"Kafka at {where} refuses: {said(error)}")


def _what_it_may_want(connection: Connection) -> str:
    asked = "is MAKEGOOD_KAFKA_SECURITY what this port speaks?"
    if connection.security.endswith("SSL") and connection.cert_file is None:
        return f"{asked} does it want a certificate of ours (MAKEGOOD_KAFKA_CERT_FILE and _KEY_FILE)?"
    return asked


def _about_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message.rstrip(".")
        if "ismatch" in why:
            return f"shows a certificate for another name ({why}): reach it by the name that its certificate has"
        return f"shows a certificate that is not trusted ({why}): name the file of its CA in MAKEGOOD_KAFKA_CA_FILE"
    if "ALERT" in (error.reason or ""):
        return f"ends the TLS handshake ({error.reason}): does it want a certificate of ours? MAKEGOOD_KAFKA_CERT_FILE and _KEY_FILE"
    return f"does not speak TLS ({error.reason}): is MAKEGOOD_KAFKA_SECURITY what this port speaks?"


@contextmanager
def friendly_errors(connection: Connection, errors: tuple[type[Exception], ...] = (KafkaError, OSError, TimeoutError)) -> Iterator[None]:
    """Turn the client's errors into one clear sentence."""
    try:
        yield
    except errors as error:
        raise friendly(connection, error) from error


class HangsUp(OSError):
    """Somebody listens, and ends the connection at our first word."""
