"""What migrations say that differs, applied to the earlier side."""
