"""How good Makegood's judgement is, measured on real histories that run through the real fold."""
