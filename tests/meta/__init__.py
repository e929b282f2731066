"""Tests about the repository itself: that what it promises in words is held by something that runs."""
