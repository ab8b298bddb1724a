"""Pressing 督办: the ladder, who refused what, and the leader on the spot (3-16 to 3-23)."""
