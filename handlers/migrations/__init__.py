"""Migrations of the delivery ledger."""
