"""DECIDE: Faust workers that turn facts and commands into tasks, alerts and notices."""
