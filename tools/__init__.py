"""Programs that keep this repository: what `make` runs."""
