"""Synthetic callers and operators: the demo, the probe and the tests."""
