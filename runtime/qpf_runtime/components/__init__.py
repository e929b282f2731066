"""Ready-made steps, `async def step(agent, turn)`.

Deterministic; each says what facts it reads and writes.
"""
