"""What a program may do about findings: edits that are tried in memory before anything is written."""
