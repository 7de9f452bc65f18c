"""Translators: one file a system, pure: a payload in, facts and what was ignored out."""
