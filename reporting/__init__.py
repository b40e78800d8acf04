"""Call-load figures."""
