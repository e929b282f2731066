"""What differs between two sides, before anybody judges it."""
