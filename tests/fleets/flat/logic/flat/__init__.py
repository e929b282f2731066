"""The flat fleet's own code."""
