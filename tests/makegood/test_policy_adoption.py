"""Promises of `makegood policy`: a policy reaches every partition once, and a version means one thing for ever."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from makegood import kafka
from makegood.cli import policy as cli_policy
from makegood.config.policy_adoption import Adoption, adopt, policy_of, refuse_changed
from makegood.config.policy_file import built_in, parse
from makegood.errors import UserError
from makegood.kafka import Connection
from schemas.inputs import INPUT


def policy(version: str, **tiers: float):
    lines = "\n".join(f"{name} = {value}" for name, value in tiers.items())
    return parse(f'version = "{version}"\n[tiers]\n{lines}\n', "test.toml")


async def sent(bootstrap: str, prefix: str) -> list[kafka.Record]:
    return [record async for record in kafka.read_topic(Connection(bootstrap), f"{prefix}policies")]


def test_the_same_version_with_other_content_is_refused():
    with pytest.raises(UserError, match='version "v1" was already used'):
        refuse_changed(policy("v1", percentile_high=97), [policy("v1")])
    refuse_changed(policy("v1"), [policy("v1"), policy("v2", percentile_high=97)])


def test_the_version_of_the_built_in_policy_cannot_be_given_to_another():
    with pytest.raises(UserError, match="was already used"):
        refuse_changed(policy(built_in().version, percentile_high=97), [])


def test_a_record_that_is_no_policy_is_passed_over():
    assert policy_of(kafka.Record("policies", 0, 0, 0, None, b"not JSON")) is None
    assert policy_of(kafka.Record("policies", 0, 0, 0, None, None)) is None


@pytest.mark.broker
async def test_a_policy_is_written_to_every_partition_once(bootstrap, applied):
    connection = Connection(bootstrap)
    assert await adopt(connection, policy("v1"), prefix=applied) is Adoption.SENT
    assert await adopt(connection, policy("v1"), prefix=applied) is Adoption.ALREADY
    records = await sent(bootstrap, applied)
    assert sorted(record.partition for record in records) == [0, 1, 2, 3]
    assert {record.key for record in records} == {b"v1"}
    assert dict(records[0].headers)["ce_type"] == b"policy.adopted"
    assert INPUT.validate_json(records[0].value).policy == policy("v1")


@pytest.mark.broker
async def test_a_later_policy_follows_and_an_earlier_one_may_come_back(bootstrap, applied):
    connection = Connection(bootstrap)
    for one in (policy("v1"), policy("v2", percentile_high=97), policy("v1")):
        assert await adopt(connection, one, prefix=applied) is Adoption.SENT
    newest = [policy_of(record).version for record in await sent(bootstrap, applied) if record.partition == 2]
    assert newest == ["v1", "v2", "v1"]
    with pytest.raises(UserError, match="was already used"):
        await adopt(connection, policy("v2", percentile_high=96), prefix=applied)


@pytest.mark.broker
async def test_only_the_partitions_that_lack_a_policy_get_it(bootstrap, applied):
    connection = Connection(bootstrap)
    await adopt(connection, policy("v1"), prefix=applied)
    async with kafka.producer(connection) as producer:
        await producer.send_and_wait(f"{applied}policies", b"garbage", partition=3)
    assert await adopt(connection, policy("v1"), prefix=applied) is Adoption.SENT
    assert sorted(record.partition for record in await sent(bootstrap, applied)) == [0, 1, 2, 3, 3, 3]


@pytest.mark.broker
def test_the_command_says_what_it_did(bootstrap, applied, tmp_path):
    file = tmp_path / "acme.toml"
    file.write_text('version = "acme-1"\n[tiers]\npercentile_high = 97\n')
    arguments = ["apply", str(file), "--kafka", bootstrap, "--prefix", applied]
    assert CliRunner().invoke(cli_policy.app, arguments).output == "policy acme-1: sent to the workers\n"
    assert CliRunner().invoke(cli_policy.app, arguments).output == "policy acme-1: already the newest policy\n"


def test_check_says_that_a_good_file_is_good(tmp_path):
    file = tmp_path / "acme.toml"
    file.write_text('version = "acme-1"\n')
    ran = CliRunner().invoke(cli_policy.app, ["check", str(file)])
    assert ran.output.startswith(f"{file} is a valid policy: version acme-1, 16 steps, phrases in en, de, fr")


def test_check_of_a_bad_file_is_a_user_error(tmp_path):
    file = tmp_path / "acme.toml"
    file.write_text('version = "acme-1"\n[tires]\n')
    ran = CliRunner().invoke(cli_policy.app, ["check", str(file)])
    assert isinstance(ran.exception, UserError)
    assert "did you mean tiers?" in str(ran.exception)


def test_show_tells_each_setting_and_what_a_file_changes(tmp_path):
    file = tmp_path / "acme.toml"
    file.write_text('version = "acme-1"\n[tiers]\npercentile_high = 97\n')
    lines = CliRunner().invoke(cli_policy.app, ["show", str(file)]).output.splitlines()
    assert "tiers.percentile_high = 97.0   # built-in: 95.0" in lines
    assert "tiers.percentile_middle = 50.0" in lines
    assert any(line.startswith("phrases.ja = ") for line in lines)


def test_show_as_json_is_the_whole_policy():
    shown = json.loads(CliRunner().invoke(cli_policy.app, ["show", "--json"]).output)
    assert shown == json.loads(built_in().model_dump_json())
