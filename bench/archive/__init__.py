"""What finding a dossier and reading the figures cost, the more is archived."""
