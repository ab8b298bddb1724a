"""Photos and papers that belong to a case."""
