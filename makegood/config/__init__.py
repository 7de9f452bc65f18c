"""What a process is given: settings, policy file, secrets, logs, database."""
