"""Compiling with memory: the same line, run only where something changed, by several processes."""
