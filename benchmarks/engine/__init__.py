"""What the compile benchmark measures, a module for each kind of case."""
