"""AWS IoT's shadow wire: names, topics, messages and the few MQTT packets that we handle ourselves."""
