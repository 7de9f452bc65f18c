"""The doctor: what is well is said to be well, and each thing that is wrong is one sentence with what to do."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from console import migrate
from makegood import doctor, kafka
from makegood.config import settings
from makegood.config.database import open_engine, url_of
from makegood.doctor import cluster, machine, safety, storage
from makegood.errors import UserError
from makegood.kafka import Connection
from makegood.kafka import clock as broker_clock
from makegood.local.broker import java
from tests.conftest import free_port
from tests.patience import PATIENT_S
from tests.postgres import postgres, postgres_url  # noqa: F401

CREW = {
    "destinations": {"crew": {"channel": "slack", "url": "http://127.0.0.1:8090/slack"}},
    "routes": {"fallback": ["crew"]},
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MAKEGOOD_")]:
        monkeypatch.delenv(name)


def told(**options: object) -> settings.Settings:
    return settings.load(**options)


def said(findings: list[doctor.Finding]) -> str:
    return "\n".join(f"{'well' if well else 'wrong'} {sentence}" for well, sentence in findings)


# -- ports ------------------------------------------------------------------------------------------------------------------------------


async def test_a_port_that_nobody_has_is_free():
    port = free_port()
    assert f"well worker does not run here; its port {port} is free" in said(await machine.ports(told(health_port=port)))


async def test_a_port_that_another_program_has_is_named_with_the_setting_to_change():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        findings = said(await machine.ports(told(gateway={"port": port})))
    assert f"wrong port {port}, which gateway wants, is taken by another program: stop that, or change port in [gateway]" in findings


async def test_an_address_that_this_machine_does_not_have_is_told():
    assert "wrong console cannot listen at 203.0.113.9:8000" in said(await machine.ports(told(console={"host": "203.0.113.9"})))


# -- Java, board ------------------------------------------------------------------------------------------------------------------------


async def test_without_java_only_the_embedded_broker_is_lost(monkeypatch):
    monkeypatch.setattr("makegood.local.broker.java._installed", lambda: iter(()))
    assert "no Java is needed here" in said(await machine.java(told(kafka="kafka.internal:9092"), java.find))
    assert said(await machine.java(told(), java.find)).startswith("wrong there is no Java")


async def test_a_board_that_is_not_built_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "UI", tmp_path)
    assert said(await machine.board(told())).endswith("make ui")


# -- what could be read, guessed, forged, or sent to nobody -----------------------------------------------------------------------------


async def test_a_placeholder_is_wrong_for_the_doctor_too():
    findings = said(await safety.kept_secret(told(gateway={"sources": {"zendesk": {"secrets": ["<the signing secret>"]}}})))
    assert findings.startswith("wrong gateway.sources.zendesk.secrets[0] is a placeholder")


async def test_a_source_of_no_known_system_is_told():
    findings = said(await safety.sources(told(gateway={"sources": {"shop": {"secrets": ["k3Nd-92vq-Lw7x-Tz4b"]}}})))
    assert findings.startswith("wrong gateway.sources.shop: there is no system 'shop'")


async def test_what_a_source_believes_and_what_a_key_may_is_told():
    typeform = {"secrets": ["k3Nd-92vq-Lw7x-Tz4b"], "settings": {"trusted_hidden_fields": ["customer_id", "email"]}}
    assert "can write anything into customer_id, email" in said(await safety.sources(told(gateway={"sources": {"typeform": typeform}})))
    keys = {"shop": {"key": "k3Nd-92vq-Lw7x-Tz4b"}, "crm": {"key": "u8Wc-15rt-Pq2n-Vs6j", "may": ["erasures", "links"]}}
    assert (
        said(await safety.keys(told(gateway={"api_keys": keys}))) == "well the key crm may write erasures and links beside ordinary facts"
    )


async def test_routes_that_end_at_nobody_are_told():
    assert "reach nobody" in said(await safety.notifies_somebody(told()))
    assert said(await safety.notifies_somebody(told(handlers=CREW))).startswith("well")


@pytest.mark.parametrize(
    "destination",
    [
        {"channel": "slack", "url": "http://chat.internal/hook"},
        {"channel": "email", "to": ["a@b.de"], "sender": "c@d.de", "host": "mail.internal", "security": "none"},
    ],
)
async def test_what_leaves_the_machine_unencrypted_is_told(destination):
    findings = said(await safety.in_the_clear(told(handlers={"destinations": {"crew": destination}})))
    assert "unencrypted" in findings
    assert "[handlers.destinations.crew]" in findings
    assert await safety.in_the_clear(told(handlers=CREW)) == []


# -- databases --------------------------------------------------------------------------------------------------------------------------


async def migrated(given: settings.Settings, version: str | None = None) -> None:
    engine = open_engine(url_of(given.database_url, given.directory, "console"))
    await migrate.upgrade(engine)
    if version:
        async with engine.begin() as connection:
            await connection.execute(text(f"UPDATE console_alembic_version SET version_num = '{version}'"))
    await engine.dispose()


async def test_before_the_first_start_there_is_no_database_and_looking_makes_none(tmp_path):
    assert said(await storage.databases(told())).count("is made by its first start") == 2
    assert not (tmp_path / ".makegood").exists()


async def test_tables_of_this_version_are_well_and_those_of_a_newer_one_are_not():
    await migrated(told())
    assert "the tables of console are of this version" in said(await storage.databases(told()))
    await migrated(told(), "from-the-future")
    assert "wrong the tables of console" in said(await storage.databases(told()))


async def test_a_real_postgresql_is_looked_at(postgres_url):  # noqa: F811
    given = told(database_url=postgres_url)
    assert said(await storage.databases(given)).count("makes its tables at its first start") == 2
    await migrated(given)
    assert "the tables of console are of this version" in said(await storage.databases(given))


async def test_a_database_that_does_not_answer_is_told_and_its_password_is_not():
    findings = said(await storage.databases(told(database_url=f"postgresql://makegood:otters@127.0.0.1:{free_port()}/makegood")))
    assert findings.count("wrong the database") == 2
    assert "does not answer" in findings
    assert "otters" not in findings


# -- Kafka ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.broker
async def test_on_a_real_cluster_the_topics_and_the_clock_are_looked_at_and_nothing_is_left(bootstrap, applied):
    before = await names(bootstrap)
    findings = await cluster.cluster(told(kafka=bootstrap, prefix=applied))
    assert all(finding.well for finding in findings), said(findings)
    assert "agree within 2 s" in said(findings)
    assert await names(bootstrap) == before


async def names(bootstrap: str) -> set[str]:
    """Every topic, once those that are being deleted are gone."""
    from makegood.kafka.clients import admin

    async with admin(Connection(bootstrap)) as client:
        for _ in range(100):
            found = set(await client.list_topics())
            if not [name for name in found if "clock-" in name]:
                break
            await asyncio.sleep(0.1)
    return found


@pytest.mark.broker
async def test_a_clock_that_is_wrong_is_told_with_its_side(bootstrap, applied, monkeypatch):
    class Late:
        """This machine's clock, had it stopped for 100 s."""

        time = staticmethod(lambda: time.time() - 100)

    monkeypatch.setattr(broker_clock, "time", Late)
    findings = said(await cluster.cluster(told(kafka=bootstrap, prefix=applied)))
    assert "wrong the clock of Kafka is 100 s ahead of that of this machine" in findings or "is 99 s ahead" in findings


@pytest.mark.broker
async def test_missing_topics_are_told(bootstrap, prefix):
    with pytest.raises(UserError, match="makegood topics apply"):
        await cluster.cluster(told(kafka=bootstrap, prefix=prefix))


async def test_another_machine_in_the_clear_is_told(monkeypatch):
    async def one(_: object) -> int:
        return 1

    async def four(*_: object, **__: object) -> int:
        return 4

    async def agree(*_: object) -> tuple[float, float]:
        return 0.0, 0.0

    async def none(*_: object, **__: object) -> dict[str, object]:
        return {}

    async def nothing(*_: object, **__: object) -> AsyncIterator[object]:
        for record in ():
            yield record

    monkeypatch.setattr(kafka, "brokers", one)
    monkeypatch.setattr(kafka, "read_topic", nothing)
    monkeypatch.setattr(kafka, "clock_ahead_s", agree)
    monkeypatch.setattr("makegood.kafka.topics.differences", none)
    monkeypatch.setattr("makegood.kafka.topics.partition_count", four)
    assert "MAKEGOOD_KAFKA_SECURITY=SASL_SSL" in said(await cluster.cluster(told(kafka="kafka.internal:9092")))
    assert "SASL_SSL" not in said(await cluster.cluster(told(kafka="kafka.internal:9092", kafka_security="SSL")))


# -- the command ------------------------------------------------------------------------------------------------------------------------


def command(directory: Path, **env: str) -> subprocess.CompletedProcess[str]:
    surroundings = os.environ | {"COLUMNS": "200"} | {f"MAKEGOOD_{name}": value for name, value in env.items()}
    words = [sys.executable, "-m", "makegood.cli", "doctor"]
    return subprocess.run(words, cwd=directory, env=surroundings, capture_output=True, text=True, timeout=PATIENT_S)


def test_the_command_goes_on_after_what_is_wrong_counts_it_and_fails(tmp_path):
    done = command(tmp_path, KAFKA=f"127.0.0.1:{free_port()}", GATEWAY__HOST="0.0.0.0")
    assert done.returncode == 1
    assert "nobody answers at" in done.stdout
    assert "knows no key and no source" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("things to put right.")
    assert "Traceback" not in done.stderr
