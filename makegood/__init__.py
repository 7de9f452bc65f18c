"""WIRE: the command line, settings, logs, the embedded broker, and how each process is put together."""
