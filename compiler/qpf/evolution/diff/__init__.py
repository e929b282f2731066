"""How two schemas differ: each read into a shape, compared, and every difference judged by a rule."""
