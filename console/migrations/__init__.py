"""Migrations of users and sessions. The read model has none: it is read from the topics anew."""
