"""Schema files in the one form that they are kept in."""
