"""The terminal's side: one file a command."""
