"""Alembic's folder: one file a change of the tables, oldest first. Never edit one that was released."""
