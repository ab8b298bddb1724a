"""Orders of the 12345 hotline, taken in by spreadsheet or API, and their results sent back."""
