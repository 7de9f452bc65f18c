"""How long a test waits for what must come: a net under the tests and no promise of speed, for machines are shared, and some are slow."""

PATIENT_S = 180
