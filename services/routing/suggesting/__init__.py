"""Which department: what the pack says, what was learned, and the reasons for both."""
