"""Who serves: accounts, passwords, signing in."""
