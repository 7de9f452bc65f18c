"""Everything on one machine: the embedded broker, the supervisor, `makegood up`, the demo and its made-up company."""
