"""References in templates and constraints, which follow the fields that they speak of."""
