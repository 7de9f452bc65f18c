"""ACT: decisions in, effects out."""
