"""How packets travel between agents: one small port, and the buses behind it."""
