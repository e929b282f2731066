"""What a difference means: for documents, for their readers, and for what governs agents."""
