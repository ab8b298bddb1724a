"""How often the right department is suggested: ``python -m bench suggest``."""
