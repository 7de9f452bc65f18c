"""The bench: Makegood beside the contenders, on the same machine, the same broker and the same events."""
