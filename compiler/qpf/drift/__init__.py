"""Comparing documents; knows no files, no fleet."""
