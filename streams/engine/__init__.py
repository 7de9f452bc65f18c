"""The engine: Faust by the chunk, one Kafka transaction a chunk."""
