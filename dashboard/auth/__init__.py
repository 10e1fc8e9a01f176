"""Tokens of phones and presenters."""
