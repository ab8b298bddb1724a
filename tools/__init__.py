"""What keeps the project itself: documents, demonstration."""
