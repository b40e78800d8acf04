"""The service that stands beside Asterisk on a police emergency line."""
