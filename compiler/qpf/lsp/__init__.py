"""The language server: what the line knows of a fleet, told to editors while files are being edited."""
