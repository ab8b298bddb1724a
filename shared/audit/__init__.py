"""Who did or saw what, when and from where: one chain of entries a service."""
