"""Drafts of the desk's form 草稿: what was typed survives a closed browser."""
