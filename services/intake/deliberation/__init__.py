"""Deliberation 协商: a shared matter, its parties, six steps to a decision."""
