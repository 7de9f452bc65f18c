"""Promises of listings: people read a table, programs read JSON whose times are instants."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from makegood.cli.listing import show

ROWS = [{"id": "x-1", "since": datetime(2026, 11, 25, 14, 30, 0, 123_456, tzinfo=timezone(timedelta(hours=1))), "next_try": None}]


def test_programs_get_times_as_instants(capsys: pytest.CaptureFixture[str]):
    show(ROWS, as_json=True)
    assert json.loads(capsys.readouterr().out) == [{"id": "x-1", "since": "2026-11-25T13:30:00.123Z", "next_try": None}]


def test_people_read_when_it_was(capsys: pytest.CaptureFixture[str]):
    show(ROWS, as_json=False)
    assert "2026-11-25 13:30:00 UTC" in capsys.readouterr().out
