"""Findings and differences as text, JSON, SARIF and GitHub annotations: pure functions of values."""
