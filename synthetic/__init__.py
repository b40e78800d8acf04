"""Synthetic people: callers and operators with real SIP phones and synthesised voices. For demos and tests only."""
