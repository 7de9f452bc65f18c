"""What a process is told: settings, policy file, secrets, logs, database."""
