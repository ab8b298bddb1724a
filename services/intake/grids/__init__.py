"""Grids, and what is seen in them: visits, patrols, hazards, snapshots 网格."""
