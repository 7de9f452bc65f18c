"""Errors that are the user's to mend: told in a sentence, without a traceback."""

from __future__ import annotations


class UserError(Exception):
    """What the user can put right. The message is one clear sentence, or a list of them; the command line prints it and exits 1."""
