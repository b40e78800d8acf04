"""The ledger's store: SQLite or PostgreSQL behind ``ports.Ledger``, and the applier that feeds it from the journal."""
