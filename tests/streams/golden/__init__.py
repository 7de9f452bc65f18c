"""Golden outputs: what Makegood decides today of the bench's events and of real histories, so that a rewrite is seen to decide the same."""
