"""AWS IoT's shadow wire: names, topics, messages and the few MQTT packets that we read and write ourselves."""
