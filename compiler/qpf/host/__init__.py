"""The host of plugins: loads, sorts, attributes and isolates them; knows no fleet and no stage."""
