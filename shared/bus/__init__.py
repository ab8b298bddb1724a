"""The bus and its seven promises (docs/bus.md), the same over RabbitMQ and in process."""
