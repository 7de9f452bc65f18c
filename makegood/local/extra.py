"""The extra `local`: libraries that only this package needs, and that a server does without."""

from __future__ import annotations

from importlib.util import find_spec

from makegood.errors import UserError

LIBRARIES = ("aiosmtpd", "jgo", "pooch", "psutil")


def require(*libraries: str) -> None:
    """Raise UserError where one of these libraries is not installed; without arguments, of all."""
    if missing := [name for name in libraries or LIBRARIES if find_spec(name) is None]:
        raise UserError(f"this needs libraries that are not installed ({', '.join(missing)}): pip install 'makegood[local]'")
