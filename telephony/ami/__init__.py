"""The Asterisk Manager Interface: a sans-I/O parser and a connection of our own (why: pbx-facts, docs/adr)."""
