"""A believable company: Nordlicht, a coffee roastery that supplies cafés, hotels and canteens of ten countries. Made up, from a seed."""

SEED = 7
"""Of the company that the demo shows."""
