"""What the tests stand on: real brokers, services as processes, waiting for a condition."""
