"""Pure judgement: state and message in, state and decisions out. No clock, no chance, no input or output."""
