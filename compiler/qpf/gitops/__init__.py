"""Sources, environments/ and golden/ held against each other."""
