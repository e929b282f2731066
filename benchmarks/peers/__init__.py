"""The programs that ours stands beside, and the same work put into their words."""
