"""Copies of a call's audio, one direction each."""
