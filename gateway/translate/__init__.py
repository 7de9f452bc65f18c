"""Translators: one file a system, pure: a payload in, facts and what was ignored out. `systems.py` holds the table of them."""
