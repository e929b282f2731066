"""One rule a file, named by its code: what the difference means, and what to do about it."""
