"""Sign-in by an identity provider that really signs: who it vouches for comes in, with the role of today; nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from console.accounts import Accounts
from console.oidc import role_of
from console.settings import ConsoleSettings, OidcSettings
from tests.console.board import Board
from tests.console.conftest import Browser, opened
from tests.console.provider import CLIENT, SECRET, Provider, running


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running(Provider()) as provider:
        yield provider


@pytest.fixture
async def company_board(tmp_path: Path, provider: Provider) -> AsyncIterator[Board]:
    """A board whose people sign in at the provider."""
    oidc = OidcSettings(
        issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, roles={"cx": "agent", "cx-leads": "lead"}, otherwise=None
    )
    settings = ConsoleSettings(oidc=oidc, public_url="http://board.local")
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'console.db'}", None, settings=settings) as board:
        yield board


async def come_in(browser: Browser) -> httpx.Response:
    """To the provider, and back with what it gave."""
    start = await browser.get("/api/oidc/start")
    assert start.status_code == 302, start.text
    async with httpx.AsyncClient() as outside:
        there = await outside.get(start.headers["location"])
    assert there.headers["location"].startswith("http://board.local/api/oidc/callback?")
    return await browser.get(there.headers["location"])


async def test_who_the_provider_vouches_for_comes_in_with_the_role_of_their_group(company_board):
    async with Browser(company_board) as browser:
        assert (await browser.get("/api/me")).json()["oidc"] == {"label": "Sign in with your company account", "url": "/api/oidc/start"}
        answer = await come_in(browser)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        me = await browser.read("/api/me")
        assert (me["name"], me["role"], me["local"]) == ("ann", "agent", False)


async def test_the_role_is_that_of_today(company_board, provider):
    async with Browser(company_board) as browser:
        await come_in(browser)
        provider.account["groups"] = ["cx", "cx-leads"]
        await come_in(browser)
        assert (await browser.read("/api/me"))["role"] == "lead"


async def refused(company_board: Board, because: str) -> None:
    async with Browser(company_board) as browser:
        answer = await come_in(browser)
        assert answer.status_code == 403
        assert because in answer.text
        assert "makegood_session" not in answer.headers.get("set-cookie", "")
        assert (await browser.get("/api/me")).status_code == 401


async def test_who_is_in_no_group_of_ours_is_refused_in_a_sentence(company_board, provider):
    provider.account["groups"] = ["somewhere else"]
    await refused(company_board, "is in none of the groups that may use the board")


async def test_a_local_user_is_not_taken_over_by_an_account_of_the_same_name(company_board, provider):
    provider.account["preferred_username"] = "admin"
    await refused(company_board, "the name admin belongs to another account here")


async def test_nobody_takes_the_place_of_another_by_taking_their_name(company_board, provider):
    async with Browser(company_board) as browser:
        await come_in(browser)
    provider.account["sub"] = "u-2"
    await refused(company_board, "the name ann belongs to another account here")


async def test_who_is_disabled_here_is_refused_whatever_the_provider_says(company_board, provider):
    async with Browser(company_board) as browser:
        await come_in(browser)
        await Accounts(company_board.engine, 3600, company_board.clock).alter("ann", disabled=True)
        assert (await browser.get("/api/me")).status_code == 401
    await refused(company_board, "ann may not use the board any longer")


@pytest.mark.parametrize(
    "change",
    [
        {"forge": {"nonce": "of another sign-in"}},
        {"forge": {"aud": "another client"}},
        {"forge": {"iss": "https://another.example"}},
        {"forge": {"exp": 1}},
        {"wrong_key": True},
        {"forge": {"sub": ""}},
        {"refuses": True},
        {"broken": True},
    ],
    ids=str,
)
async def test_a_token_that_was_not_made_for_this_sign_in_is_refused(company_board, provider, change):
    for name, value in change.items():
        setattr(provider, name, value)
    await refused(company_board, "the identity provider did not confirm the sign-in: begin again")


async def test_an_answer_that_nobody_asked_for_is_refused(company_board, provider):
    async with Browser(company_board) as browser:
        start = await browser.get("/api/oidc/start")
        async with httpx.AsyncClient() as outside:
            back = (await outside.get(start.headers["location"])).headers["location"]
        async with Browser(company_board) as another:  # the victim of a link that somebody sent
            assert (await another.get(back)).status_code == 403
        assert (await browser.get(back)).status_code == 303
        browser.cookies.delete("session", domain="board.local")
        assert (await browser.get(back)).status_code == 403


async def test_a_provider_that_does_not_answer_is_told_in_a_sentence(tmp_path):
    oidc = OidcSettings(issuer="http://127.0.0.1:1", client_id=CLIENT, client_secret=SECRET)
    settings = ConsoleSettings(oidc=oidc)
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'away.db'}", None, settings=settings) as board, Browser(board) as browser:
        answer = await browser.get("/api/oidc/start")
        assert answer.status_code == 403
        assert "the identity provider http://127.0.0.1:1 does not answer as it should: try again, then ask an admin" in answer.text


async def test_an_account_of_elsewhere_gets_no_password_here(company_board):
    async with Browser(company_board) as browser:
        await come_in(browser)
        async with Browser(company_board) as admin:
            await admin.sign_in("admin")
            answer = await admin.patch("/api/users/ann", json={"reset_password": True})
            assert (answer.status_code, answer.json()["detail"]) == (
                409,
                "there is no password here of ann: they sign in with a company account",
            )


async def test_where_people_only_sign_in_elsewhere_passwords_are_not_used(tmp_path, provider):
    oidc = OidcSettings(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET)
    settings = ConsoleSettings(oidc=oidc, local_users=False)
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'only.db'}", None, settings=settings) as board, Browser(board) as browser:
        answer = await browser.post("/api/login", json={"name": "admin", "password": "admin-password-1"})
        assert answer.status_code == 403
        assert (await browser.get("/api/me")).json()["local"] is False


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["cx"], "agent"), ("cx", "agent"), (["x", "leads", "cx"], "lead"), ([], "viewer"), (None, "viewer"), ([3, {}], "viewer")],
)
def test_the_highest_role_of_all_groups_counts(groups, role):
    settings = OidcSettings(issuer="https://id.example", client_id="x", client_secret="y", roles={"cx": "agent", "leads": "lead"})
    assert role_of({"groups": groups}, settings) == role


def test_somebody_has_to_be_able_to_sign_in():
    with pytest.raises(ValueError, match="nobody could sign in"):
        ConsoleSettings(local_users=False)
