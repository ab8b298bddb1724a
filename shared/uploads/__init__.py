"""What people upload: found out what it is, written anew, kept sealed, shown by links that end."""
