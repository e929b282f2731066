"""Extractions that were made before: how an entry is sealed, and where entries are looked up and kept."""
