"""A real broker that wants TLS and passwords: every command works with the right ones, and says in a sentence which are wrong."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from makegood import kafka
from makegood.kafka import Connection, KafkaUnavailable
from makegood.local.broker import Cluster, jars, java
from tests.conftest import free_port
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(900)]

PASSWORD = "vP4-nine-otters-swim"
KEY = "vQ8sXn3kT0pLw5zRb2yHc7mJ"
NOW = dt.datetime.now(dt.UTC)
TROUBLE = [
    {"source": "crm", "object": name, "id": name, "occurred_at": NOW.isoformat(), "customer": {"id": "hotel-adler"}, **more}
    for name, more in {
        "profile": {"type": "customer.profiled", "name": "Hotel Adler", "annual_value": 250_000, "hic": True},
        "ticket": {"type": "ticket.opened", "severity": "urgent", "comment": "Where is our delivery?"},
    }.items()
]


class Authority:
    """A certificate authority of our own, for this test only."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))
        self.file = folder / "ca.pem"
        self.file.write_bytes(_pem(self.certificate))

    def issue(self, name: str, *, ip: str | None = None) -> tuple[Path, Path]:
        """The files of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ip)) if ip else x509.DNSName(name)])
        certificate, secret = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(_pem(self._sign(subject, key, names)))
        private = serialization.PrivateFormat.PKCS8
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
        return certificate, secret

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> x509.Certificate:
        made = (
            x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(NOW - dt.timedelta(hours=1))
            .not_valid_after(NOW + dt.timedelta(days=2))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        )
        return made.sign(self.key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


class Guarded(NamedTuple):
    """A broker with three doors: passwords over TLS, certificates over TLS, and (for a wrong turn) passwords in the clear."""

    sasl_ssl: str
    ssl: str
    sasl_plaintext: str
    ours: Authority
    folder: Path

    def connection(self, **other: object) -> Connection:
        told = {"security": "SASL_SSL", "username": "makegood", "password": PASSWORD, "ca_file": self.ours.file}
        return Connection(self.sasl_ssl, **(told | other))


def properties(ports: list[int], ours: Authority, folder: Path) -> dict[str, str]:
    doors = dict(zip(("SASL_SSL", "SSL", "SASL_PLAINTEXT"), (ports[0], ports[2], ports[3]), strict=True))
    addresses = ",".join(f"{name}://127.0.0.1:{port}" for name, port in doors.items())
    certificate, key = ours.issue("broker", ip="127.0.0.1")
    both = folder / "broker-both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    plain_users = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="makegood" password="{PASSWORD}" user_makegood="{PASSWORD}";'
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    users = {
        f"listener.name.{door}.{mechanism.lower()}.sasl.jaas.config": plain_users if mechanism == "PLAIN" else scram
        for door in ("sasl_ssl", "sasl_plaintext")
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
    }
    return users | {
        "listeners": f"{addresses},CONTROLLER://127.0.0.1:{ports[1]}",
        "advertised.listeners": addresses,
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT," + ",".join(f"{name}:{name}" for name in doors),
        "inter.broker.listener.name": "SASL_SSL",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(both),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(ours.file),
        "listener.name.ssl.ssl.client.auth": "required",
    }


def add_scram_user(guarded: Guarded, name: str, mechanism: str) -> None:
    """By Kafka's own tool, as an operator does it."""
    config = guarded.folder / "admin.properties"
    jaas = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="makegood" password="{PASSWORD}";'
    config.write_text(
        f"security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config={jaas}\n"
        f"ssl.truststore.type=PEM\nssl.truststore.location={guarded.ours.file}\n"
    )
    credentials = f"{mechanism}=[iterations=4096,password={PASSWORD}]"
    tool = [java.find(), "-XX:TieredStopAtLevel=1", "-cp", jars.classpath(lambda _: None), "kafka.admin.ConfigCommand"]
    words = ["--bootstrap-server", guarded.sasl_ssl, "--command-config", str(config), "--alter", "--add-config", credentials]
    done = subprocess.run(
        [*tool, *words, "--entity-type", "users", "--entity-name", name], capture_output=True, text=True, timeout=PATIENT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def guarded(tmp_path_factory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    first = free_port(4)
    ours = Authority(folder / "ours", "Makegood test authority")
    ports = [first + i for i in range(4)]
    with Cluster(folder / "kafka", first_port=first, more=properties(ports, ours, folder)):
        made = Guarded(f"127.0.0.1:{ports[0]}", f"127.0.0.1:{ports[2]}", f"127.0.0.1:{ports[3]}", ours, folder)
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):  # Kafka takes one at a time
            add_scram_user(made, "kim", mechanism)
        yield made


def surroundings(guarded: Guarded, **other: str) -> dict[str, str]:
    told = {
        "KAFKA": guarded.sasl_ssl,
        "KAFKA_SECURITY": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_USERNAME": "kim",
        "KAFKA_PASSWORD": PASSWORD,
        "KAFKA_CA_FILE": str(guarded.ours.file),
    } | other
    return os.environ | {"COLUMNS": "200"} | {f"MAKEGOOD_{name}": value for name, value in told.items()}


def makegood(guarded: Guarded, *words: str, **other: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "makegood.cli", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENT_S, cwd=guarded.folder, env=surroundings(guarded, **other)
    )


def test_topics_worker_and_doctor_work_over_tls_with_a_password(guarded, prefix):
    done = makegood(guarded, "topics", "apply", "--prefix", prefix)
    assert done.returncode == 0, done.stderr
    port = free_port()
    words = ["worker", "--prefix", prefix, "--group", prefix, "--health-port", str(port)]
    with (guarded.folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "makegood.cli", *words], cwd=guarded.folder, env=surroundings(guarded), stdout=log, stderr=log
        )
    try:
        until(lambda: is_ready(port), guarded.folder / "worker.log")
        said = makegood(guarded, "doctor", "--prefix", prefix, HEALTH_PORT=str(port)).stdout
    finally:
        worker.terminate()
        assert worker.wait(PATIENT_S) == 0
    assert f"Kafka answers at {guarded.sasl_ssl}: 1 broker" in said
    assert "the clocks of Kafka and of this machine agree" in said
    assert f"worker runs here, at port {port}" in said
    assert "not encrypted" not in said


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_up_runs_every_part_at_it_from_a_fact_at_the_gateway_to_a_task_on_the_board(guarded, prefix):
    free = {"HEALTH_PORT": "0", "HANDLERS": json.dumps({"health_port": 0}), "CONSOLE": json.dumps({"port": 0})}
    gateway = json.dumps({"port": 0, "api_keys": {"crm": {"key": KEY}}})
    told = surroundings(guarded, PREFIX=prefix, GROUP=prefix, GATEWAY=gateway, **free)
    words = ["up", "--kafka", guarded.sasl_ssl, "--dir", str(guarded.folder / "up")]
    log = guarded.folder / "up.log"
    with log.open("wb") as said:
        up = subprocess.Popen([sys.executable, "-m", "makegood.cli", *words], cwd=guarded.folder, env=told, stdout=said, stderr=said)
    try:
        stands = until(lambda: re.search(r"gateway  (\S+).*board    (\S+).*the password (\S+)", log.read_text(), re.DOTALL), log)
        writes, board, password = stands.groups()
        answer = httpx.post(f"{writes}/v1/facts/batch", json=TROUBLE, headers={"X-API-Key": KEY})
        assert answer.status_code == 200, answer.text
        with httpx.Client(base_url=board) as person:
            assert person.post("/api/login", json={"name": "admin", "password": password}).status_code == 200
            tasks = until(lambda: person.get("/api/tasks").json()["tasks"], log)
    finally:
        up.send_signal(signal.SIGINT)
        assert up.wait(PATIENT_S) == 0
    assert [task["customer_name"] for task in tasks] == ["Hotel Adler"]
    assert "broker" not in log.read_text()


def until(condition: Callable[[], Any], log: Path) -> Any:
    deadline = time.monotonic() + PATIENT_S
    while not (found := condition()):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
    return found


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_every_way_to_give_a_password_is_known(guarded, mechanism):
    name = "makegood" if mechanism == "PLAIN" else "kim"
    assert await kafka.brokers(guarded.connection(sasl_mechanism=mechanism, username=name)) == 1


async def test_a_certificate_of_ours_opens_the_door_that_wants_one(guarded):
    certificate, key = guarded.ours.issue("worker")
    assert await kafka.brokers(Connection(guarded.ssl, security="SSL", ca_file=guarded.ours.file, cert_file=certificate, key_file=key)) == 1


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_a_wrong_password_is_told_and_not_shown(guarded, mechanism):
    with pytest.raises(KafkaUnavailable, match="refuses the user name or password") as told:
        await kafka.brokers(guarded.connection(sasl_mechanism=mechanism, password="wrong-otters"))
    assert "wrong-otters" not in str(told.value)


async def test_an_authority_that_is_not_known_is_told_with_the_setting_that_names_it(guarded, tmp_path):
    other = Authority(tmp_path / "other", "somebody else")
    with pytest.raises(KafkaUnavailable, match=r"certificate that is not trusted .*MAKEGOOD_KAFKA_CA_FILE"):
        await kafka.brokers(guarded.connection(ca_file=other.file))


async def test_a_certificate_for_another_name_is_told(guarded):
    port = guarded.sasl_ssl.rpartition(":")[2]
    with pytest.raises(KafkaUnavailable, match=r"certificate for another name .*localhost"):
        await kafka.brokers(Connection(f"localhost:{port}", "SASL_SSL", "PLAIN", "makegood", PASSWORD, guarded.ours.file))


@pytest.mark.parametrize(
    ("door", "told"),
    [
        ({"security": "PLAINTEXT"}, "hangs up on a PLAINTEXT connection: is MAKEGOOD_KAFKA_SECURITY"),
        ({"sasl_mechanism": "OAUTHBEARER"}, "OAUTHBEARER is not known here: it is one of PLAIN, SCRAM"),
    ],
)
async def test_a_wrong_way_in_is_told_with_the_setting_to_change(guarded, door, told):
    with pytest.raises(KafkaUnavailable, match=told):
        await kafka.brokers(guarded.connection(**door))


async def test_tls_to_a_port_without_tls_is_told(guarded):
    port = Connection(guarded.sasl_plaintext, "SSL", ca_file=guarded.ours.file)
    with pytest.raises(KafkaUnavailable, match=r"hangs up on a SSL connection: is MAKEGOOD_KAFKA_SECURITY"):
        await kafka.brokers(port)


async def test_a_door_that_wants_a_certificate_says_so(guarded):
    with pytest.raises(KafkaUnavailable, match=r"certificate of ours \(MAKEGOOD_KAFKA_CERT_FILE"):
        await kafka.brokers(Connection(guarded.ssl, security="SSL", ca_file=guarded.ours.file))


def test_the_command_line_says_it_in_one_sentence(guarded):
    done = makegood(guarded, "topics", "apply", KAFKA_PASSWORD="wrong-otters")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "refuses the user name or password" in done.stderr
