"""Laws of the emitter `python_agent` and of its gates."""
