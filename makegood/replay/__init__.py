"""Histories, run through Makegood: readers of formats, the runner, the summary."""
