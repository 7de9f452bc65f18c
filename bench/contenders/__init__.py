"""The contenders: one file each, written as its users would write it; each runs as a process of its own."""
