"""回访: what residents say after a reply went out, and the rates that come of it (3-24, 3-27)."""
