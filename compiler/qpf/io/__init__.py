"""The edge of the compiler: reads a fleet's sources and locks, writes environment folders."""
