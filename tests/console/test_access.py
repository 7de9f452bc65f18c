"""Who may see and do what: nobody passes the middleware without a session, a role and the token of their own page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.routing import Mount

from console import accounts
from console.accounts import AccountError, Accounts
from console.auth_middleware import OPEN
from console.settings import ROLES, ConsoleSettings
from tests.console.conftest import Browser, opened

SIGNS_OF_LIFE = {"/livez", "/readyz", "/metrics"}
BOARD = "/{path:path}"


def routes_of(app) -> list[tuple[str, str]]:
    """(method, address) of everything that the application answers."""
    found = []
    for route in app.routes:
        if isinstance(route, Mount):
            continue
        for inner in route.effective_route_contexts() if hasattr(route, "effective_route_contexts") else [route]:
            found += [(method, inner.path) for method in inner.methods]
    return found


async def test_every_route_of_the_api_refuses_who_has_not_signed_in(small_board, browser):
    found = routes_of(small_board.app)
    api = [(method, path) for method, path in found if path.startswith("/api")]
    assert {"/api/tasks", "/api/events", "/api/commands", "/api/users/{name}", "/api/openapi.json"} <= {path for _, path in api}
    for method, path in api:
        if path in OPEN:
            continue
        answer = await browser.request(method, re.sub(r"\{.*?\}", "x", path), json={})
        assert answer.status_code == 401, (method, path)
        if method != "HEAD":
            assert answer.json() == {"detail": "sign in first", "oidc": None, "local": True}
    assert {path for _, path in found} - {path for _, path in api} == SIGNS_OF_LIFE | {BOARD}


@pytest.mark.parametrize(
    "address", ["/api/tasks", "/api", "/api/nothing", "/api/tasks/", "/%61pi/tasks", "/api/openapi.json", "/api//tasks"]
)
async def test_no_spelling_of_an_address_passes_by_the_middleware(browser, address):
    assert (await browser.get(address)).status_code == 401


@pytest.mark.parametrize("address", ["/../../settings.py", "/..%2f..%2fsettings.py", "//etc/passwd", "/%2e%2e/%2e%2e/app.py"])
async def test_no_file_outside_the_board_is_served(browser, address):
    assert "import" not in (await browser.get(address)).text


async def test_every_route_that_changes_something_refuses_a_page_without_the_token_of_its_session(small_board, browser):
    await browser.sign_in("admin")
    del browser.headers["X-CSRF-Token"]
    changing = [(m, p) for m, p in routes_of(small_board.app) if m in {"POST", "PATCH", "PUT", "DELETE"} and p not in OPEN]
    assert len(changing) >= 5
    for method, path in changing:
        for token in ({}, {"X-CSRF-Token": "guessed"}):
            answer = await browser.request(method, re.sub(r"\{.*?\}", "x", path), json={}, headers=token)
            assert answer.status_code == 403, (method, path)
            assert answer.json()["detail"] == "the page is older than your session: load it again"


async def test_a_foreign_page_cannot_sign_anybody_in_with_a_form(browser):
    body = '{"name": "admin", "password": "admin-password-1"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await browser.post("/api/login", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 422
        assert "set-cookie" not in answer.headers


async def test_each_role_may_do_what_those_before_it_may_and_is_told_what_is_missing(small_board):
    allowed = {}
    for role in ROLES:
        async with Browser(small_board) as browser:
            may = (await browser.sign_in(role))["may"]
            task = (await browser.read("/api/tasks"))["tasks"][0]["id"]
            one = {"verb": "acknowledge", "task": task}
            answers = [
                await browser.post("/api/commands", json={"commands": [one]}),
                await browser.post("/api/commands", json={"commands": [one, one]}),
                await browser.get("/api/users"),
            ]
            allowed[role] = [answer.is_success for answer in answers]
            assert [may["command"], may["bulk"], may["admin"]] == allowed[role]
            if role == "viewer":
                said = answers[0].json()["detail"]
                assert said == "you have the role viewer: acting on tasks takes the role agent. Ask an admin"
    assert allowed == {
        "viewer": [False, False, False],
        "agent": [True, False, False],
        "lead": [True, True, False],
        "admin": [True, True, True],
    }


async def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(browser):
    browser.cookies.set("makegood_session", "planted", domain="board.local")
    await browser.sign_in("agent")
    assert browser.cookies["makegood_session"] != "planted"
    first = browser.cookies["makegood_session"]
    await browser.sign_in("agent")
    assert browser.cookies["makegood_session"] != first
    browser.cookies.clear()
    browser.cookies.set("makegood_session", first)
    assert (await browser.get("/api/me")).status_code == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_of_plain_http_where_there_is_https(tmp_path, browser):
    answer = await browser.post("/api/login", json={"name": "agent", "password": "agent-password-1"})
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    settings = ConsoleSettings(public_url="https://board.example.com")
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'https.db'}", None, settings=settings) as board, Browser(board) as other:
        answer = await other.post("/api/login", json={"name": "agent", "password": "agent-password-1"})
        assert "Secure" in answer.headers["set-cookie"]


async def test_the_database_holds_nothing_to_sign_in_with(small_board, browser):
    await browser.sign_in("agent")
    async with small_board.engine.connect() as db:
        kept = repr((await db.exec_driver_sql("select * from console_session")).all())
        kept += repr((await db.exec_driver_sql("select * from console_user")).all())
    assert browser.cookies["makegood_session"] not in kept
    assert "agent-password-1" not in kept
    assert "$argon2id$" in kept


async def test_after_a_few_wrong_passwords_the_right_one_has_to_wait_too(small_board, browser):
    for _ in range(8):
        assert (await browser.post("/api/login", json={"name": "agent", "password": "wrong"})).status_code == 401
    answer = await browser.post("/api/login", json={"name": "agent", "password": "agent-password-1"})
    assert answer.status_code == 429
    assert answer.json()["detail"] == "too many failed tries: wait 5 minutes"
    assert 290 < int(answer.headers["Retry-After"]) <= 301
    assert (await browser.post("/api/login", json={"name": "lead", "password": "lead-password-1"})).status_code == 200
    small_board.now += 301
    await browser.sign_in("agent")


async def test_an_unknown_name_is_refused_like_a_wrong_password(browser):
    answers = [
        (await browser.post("/api/login", json={"name": name, "password": "x"})).json()
        for name in ("agent", "nobody", "a\x00b", "😀" * 200)
    ]
    assert answers == [{"detail": "that name and password do not fit together"}] * 4


async def test_who_is_disabled_is_out_at_once_and_back_after_the_undo(small_board, browser):
    await browser.sign_in("agent")
    async with Browser(small_board) as admin:
        await admin.sign_in("admin")
        assert (await admin.patch("/api/users/agent", json={"disabled": True})).status_code == 200
        assert (await browser.get("/api/me")).status_code == 401
        assert (await browser.post("/api/login", json={"name": "agent", "password": "agent-password-1"})).status_code == 401
        await admin.patch("/api/users/agent", json={"disabled": False})
        await browser.sign_in("agent")


async def test_a_session_ends_by_itself(small_board, browser):
    await browser.sign_in("agent")
    small_board.now += 12 * 3600 + 1
    assert (await browser.get("/api/me")).status_code == 401


async def test_who_signs_out_is_out(browser):
    await browser.sign_in("agent")
    kept = browser.cookies["makegood_session"]
    assert (await browser.post("/api/logout")).status_code == 200
    browser.cookies.set("makegood_session", kept)
    assert (await browser.get("/api/me")).status_code == 401


async def test_a_user_changes_the_own_password_and_every_other_session_ends(small_board, browser):
    await browser.sign_in("agent")
    async with Browser(small_board) as elsewhere:
        await elsewhere.sign_in("agent")
        change = {"old": "agent-password-1", "new": "a much better one"}
        assert (await browser.post("/api/me/password", json={**change, "old": "wrong"})).status_code == 401
        short = await browser.post("/api/me/password", json={**change, "new": "short"})
        assert (short.status_code, short.json()["detail"]) == (409, "a password has at least 12 characters")
        answer = await browser.post("/api/me/password", json=change)
        assert answer.status_code == 200, answer.text
        browser.headers["X-CSRF-Token"] = answer.json()["csrf"]
        assert (await browser.get("/api/me")).status_code == 200
        assert (await elsewhere.get("/api/me")).status_code == 401
        await elsewhere.sign_in("agent", "a much better one")


async def test_an_admin_adds_users_and_sees_a_made_password_once(small_board, browser):
    await browser.sign_in("admin")
    made = (await browser.post("/api/users", json={"name": "sam", "role": "agent"})).json()
    async with Browser(small_board) as sam:
        await sam.sign_in("sam", made["password"])
        assert (await browser.post("/api/users", json={"name": "sam", "role": "agent"})).json()["detail"] == "there is already a user sam"
        again = (await browser.patch("/api/users/sam", json={"reset_password": True})).json()
        assert again["password"] != made["password"]
        assert (await sam.get("/api/me")).status_code == 401
    assert made["password"] not in (await browser.get("/api/users")).text


async def test_there_is_always_an_admin_who_can_sign_in(small_board, browser):
    await browser.sign_in("admin")
    own = await browser.patch("/api/users/admin", json={"role": "viewer"})
    assert (own.status_code, own.json()["detail"]) == (409, "you cannot take your own rights away: another admin can")
    users = Accounts(small_board.engine, 3600, small_board.clock)
    with pytest.raises(AccountError, match="no admin who can sign in"):
        await users.alter("admin", disabled=True)
    assert (await users.check("admin", "admin-password-1")) is not None


async def test_every_answer_carries_what_keeps_the_page_to_itself(browser):
    await browser.sign_in("viewer")
    for address in ("/api/tasks", "/tasks/T-1", "/livez"):
        headers = (await browser.get(address)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert (await browser.get("/api/tasks")).headers["cache-control"] == "no-store"


async def test_signs_of_life_tell_nothing_of_customers_and_say_why_it_is_not_ready(small_board, browser):
    assert (await browser.get("/livez")).json() == {"live": True}
    assert (await browser.get("/readyz")).json() == {"ready": True, "reason": "", "behind": 0}
    small_board.health.degraded("nobody answers at broker:9092", datetime.now(UTC).timestamp())
    ready = await browser.get("/readyz")
    assert (ready.status_code, ready.json()["reason"]) == (503, "nobody answers at broker:9092")
    assert "makegood_console_behind_records -1.0" in (await browser.get("/metrics")).text


def test_a_password_costs_who_guesses_it_64_megabytes_and_three_passes():
    made = PasswordHasher()
    assert (made.memory_cost, made.time_cost) == (65_536, 3)
    assert "_HASHER = PasswordHasher()" in Path(accounts.__file__).read_text()
