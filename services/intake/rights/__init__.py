"""A resident's rights over their own data (PIPL): asked for, put right, erased, kept how long."""
