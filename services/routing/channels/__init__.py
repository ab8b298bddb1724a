"""How departments get their orders: the queue, a webhook, mail, or the page alone."""
