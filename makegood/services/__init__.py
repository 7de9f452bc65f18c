"""The processes that run: worker, gateway, notifications and console, what they share, and how each reports its health."""
