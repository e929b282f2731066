"""How schemas change from version to version: steps, the way through them, and what they do to a document."""
