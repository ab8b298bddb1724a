"""What residents see: the front door, the guides, where their matter stands."""
