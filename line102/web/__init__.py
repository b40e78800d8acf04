"""The web edge: REST, one numbered feed, and the console's files. HTTP stays in here."""
