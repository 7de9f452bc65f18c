"""THE LANGUAGE: every message that crosses a topic, and the model of the policy file."""
