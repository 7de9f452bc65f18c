"""What the API answers, as the board and others may rely on it: the OpenAPI document and the board's types are made from these models.

Every instant is ISO 8601 in UTC. They describe, and do not check what goes out: an answer in which something is new
must still reach the people who wait for it. The tests hold each answer against them.
"""
