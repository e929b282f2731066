"""Texts in and out: YAML, JSON, Python literals, templates, and models bound to trees with findings."""
