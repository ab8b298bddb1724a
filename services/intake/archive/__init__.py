"""The archive 归档: sealed dossiers of finished cases, found again; the day's end."""
