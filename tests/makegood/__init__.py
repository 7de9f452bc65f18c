"""Tests of makegood."""
