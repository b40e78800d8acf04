"""Asterisk and nothing but Asterisk. Vendor words stop at translate.py."""
