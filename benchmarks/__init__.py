"""Fleets of any size, and what it costs to compile them."""
