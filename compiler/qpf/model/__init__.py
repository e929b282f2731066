"""Frozen nouns of the compiler; knows no I/O, pluggy, YAML or pydantic."""
