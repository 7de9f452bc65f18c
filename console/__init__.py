"""SHOW: a read model of the topics, an API over it, live updates, and the board itself in ui/."""
