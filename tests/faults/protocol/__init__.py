"""Seeded trials of the transaction protocol: real workers, real brokers, and a network that lets requests and answers come late."""
