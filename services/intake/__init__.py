"""Intake 受理: cases from the desk to the archive, the people who serve there, and sign-in."""
