"""The people's ledger 民情账本: every demand heard, and what the catalogue learns from it."""
