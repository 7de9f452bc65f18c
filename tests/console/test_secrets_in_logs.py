"""Passwords, their hashes and the parameters of statements are in no log, whatever goes wrong, in every form and at every level of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from console import migrate
from console.accounts import AccountError, Accounts
from makegood.config import logs
from makegood.config.database import open_engine, why
from tests.console.serving import console, first_password, signed_in
from tests.installation import Installation

pytestmark = [pytest.mark.timeout(900)]

PASSWORD = "correct horse battery staple"
WRONG = ['{"name": "admin", "password": NaN, "x": "%s"}', '{"name": {"a": "%s"}, "password": ["%s"]}', '{"name": "%s", "password": {"a": Infinity}}',
         '["%s", NaN]', '{"name": "admin", "passwort": "%s"}', '{"name": "\\ud800", "password": "%s", "more": "\\udfff"}', '{"password": "%s", "name": -Infinity',
         '{"name": "admin", "password": "%s' + "x" * 1100 + '", "old": NaN, "new": "%s", "role": NaN}']  # fmt: skip


@pytest.fixture(scope="module", params=["json", "console"])
def installation(request: pytest.FixtureRequest, bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A console that says all it can."""
    told = {"MAKEGOOD_LOG_LEVEL": "debug", "MAKEGOOD_LOG_FORMAT": request.param}
    with console(bootstrap, "telling.", tmp_path_factory.mktemp("telling"), **told) as installation:
        yield installation


def said(installation: Installation) -> str:
    return installation.log_of("console").read_text().replace(f"Password: {first_password(installation)}", "")


@pytest.mark.broker
@pytest.mark.faults
def test_a_body_that_does_not_fit_is_refused_without_being_repeated_or_logged(installation):
    with closing(signed_in(installation, "admin", first_password(installation))) as admin:
        for body in WRONG:
            content = body.replace("%s", PASSWORD)
            for address in ("/api/login", "/api/me/password", "/api/users", "/api/commands"):
                answer = admin.post(address, content=content, headers={"Content-Type": "application/json"})
                assert answer.status_code in {400, 401, 422}, (body, answer.status_code)
                assert PASSWORD not in answer.text
    assert PASSWORD not in said(installation)
    assert "Traceback" not in said(installation)


@pytest.mark.broker
@pytest.mark.faults
def test_of_two_who_add_the_same_user_at_once_one_is_told_and_nothing_of_it_is_logged(installation):
    with closing(signed_in(installation, "admin", first_password(installation))) as admin, ThreadPoolExecutor(12) as at_once:
        for name in ("ann", "bob"):
            new = {"name": name, "role": "agent", "password": PASSWORD}
            answers = list(at_once.map(lambda new: admin.post("/api/users", json=new), [new] * 12))
            assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
            assert {answer.json()["detail"] for answer in answers if answer.status_code == 409} == {f"there is already a user {name}"}
    for secret in (PASSWORD, "argon2", "INSERT INTO console_user", first_password(installation)):
        assert secret not in said(installation), secret


@pytest.mark.broker
@pytest.mark.faults
def test_two_processes_that_add_the_same_user_to_a_new_folder_are_told_in_a_sentence(tmp_path):
    command = [sys.executable, "-m", "makegood.cli", "console", "users", "add", "ann", "--password-from-input"]
    running = [subprocess.Popen(command, cwd=tmp_path, stdin=-1, stdout=-1, stderr=-1, text=True) for _ in range(4)]
    with ThreadPoolExecutor(4) as at_once:
        told = list(at_once.map(lambda one: (*one.communicate(PASSWORD + "\n"), one.returncode), running))
    assert sorted(status for *_, status in told) == [0, 1, 1, 1], told
    assert {err for _, err, status in told if status} == {"makegood: there is already a user ann\n"}


async def test_both_databases_say_that_there_is_such_a_user_and_no_more(url):
    engine = open_engine(url)
    try:
        await migrate.upgrade(engine)
        accounts = Accounts(engine, 3600, lambda: 0.0)
        await accounts.add("ann", "agent", PASSWORD)
        with pytest.raises(AccountError, match="^there is already a user ann$") as caught:
            await accounts.add("ann", "agent", PASSWORD)
        assert caught.value.__suppress_context__
        with pytest.raises(DBAPIError) as refused:  # a row that breaks a rule, which PostgreSQL shows whole
            async with engine.begin() as db:
                row = {"name": "bob", "role": None, "hash": f"$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA {PASSWORD}"}
                await db.execute(
                    text("insert into console_user (name, role, password, disabled, created_at) values (:name, :role, :hash, false, 0)"),
                    row,
                )
        assert PASSWORD not in why(refused.value)
        assert PASSWORD not in logged(refused.value)
        assert "argon2" not in logged(refused.value)
    finally:
        await engine.dispose()


def logged(error: BaseException, form: str = "json", hidden: tuple[str, ...] = ()) -> str:
    """What a log line of an error looks like, in a process of its own settings."""
    return "".join(_lines(error, form, hidden))


def _lines(error: BaseException, form: str, hidden: tuple[str, ...]) -> list[str]:
    import io
    import logging

    out = io.StringIO()
    logs.configure("debug", form, hidden)
    logging.getLogger().handlers[0].setStream(out)  # type: ignore[attr-defined]
    password = PASSWORD  # noqa: F841  what a pretty traceback would show
    structlog.get_logger("ours").error("it broke", exc_info=error, error=repr(error), body={"password": "in a table"})
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
    logging.getLogger("theirs").warning("it broke: %s", error)
    for name in ("aiosqlite", "httpx", "httpcore.http11", "aiokafka.conn", "authlib.integrations"):
        logging.getLogger(name).debug("executing %r", f"insert {PASSWORD}")
    return [out.getvalue()]


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_form_of_the_log_shows_what_a_function_held_nor_what_an_error_was_given(form):
    from pydantic import BaseModel

    class Form(BaseModel):
        password: int

    def sign_in(password: str) -> None:
        try:
            Form(password=password)  # type: ignore[arg-type]
        except ValueError as error:
            raise RuntimeError(
                f"postgresql://ann:{password.replace(' ', '-')}@db.example/x and whsec_c2VjcmV0c2VjcmV0 and Bearer abcdefgh12345678"
            ) from error

    try:
        sign_in(PASSWORD)
    except RuntimeError as error:
        shown = logged(error, form, hidden=("the secret of a hook", "short"))
        again = logged(ValueError("it said: the secret of a hook, in short"), form, hidden=("the secret of a hook", "short"))
    assert "sign_in" in shown
    assert "db.example" in shown
    for secret in (PASSWORD, PASSWORD.replace(" ", "-"), "whsec_c2", "abcdefgh12345678", "in a table"):
        assert secret not in shown, secret
    assert "the secret of a hook" not in again
    assert "in short" in again


LIST = ("console", "users", "list")


@pytest.mark.journeys
@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (LIST, "MAKEGOOD_DATABASE_URL", "postgresql://ann:Tr0ub4dor+3@db.example:none/x"),
        (("console", "--port", "0"), "MAKEGOOD_DATABASE_URL", "postgresql://ann:Tr0ub4dor+3@127.0.0.1:none/x"),
        (("doctor", "--kafka", "127.0.0.1:1"), "MAKEGOOD_DATABASE_URL", "mysql://ann:Tr0ub4dor+3@127.0.0.1/x"),
        (("deliveries", "list"), "MAKEGOOD_DATABASE_URL", "postgresql://ann:Tr0ub4dor+3@127.0.0.1:1/x"),
        (LIST, "MAKEGOOD_CONSOLE", '{"oidc": {"client_secret": "Tr0ub4dor+3"}}'),
        (LIST, "MAKEGOOD_CONSOLE", '{"oidc": {"client_secret": "Tr0ub4dor+3"}'),
        (LIST, "MAKEGOOD_HANDLERS", '{"destinations": {"x": {"channel": "webhook", "secret": "Tr0ub4dor+3"}}}'),
    ],
)
def test_settings_that_are_wrong_are_told_without_what_they_hold(words, name, value, tmp_path, monkeypatch):
    monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-m", "makegood.cli", *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode
    assert "Tr0ub4dor" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "No such command" not in done.stderr


@pytest.mark.journeys
def test_a_misspelled_setting_and_a_secret_that_is_a_number_are_not_shown(tmp_path):
    (tmp_path / "makegood.toml").write_text('kafka_pasword = "Tr0ub4dor+3"\nkafka_password = 123456789\nfetch_max_wait_ms = 5000\n')
    done = subprocess.run([sys.executable, "-m", "makegood.cli", "doctor"], cwd=tmp_path, capture_output=True, text=True)
    assert "Tr0ub4dor" not in done.stderr
    assert "123456789" not in done.stderr
    assert "(given: 5000" in done.stderr, "what is no secret is shown"
