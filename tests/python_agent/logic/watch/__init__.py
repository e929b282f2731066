"""What the fixture fleet's people wrote by hand."""
