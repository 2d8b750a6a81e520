"""RabbitMQ: the only place that speaks AMQP."""
