"""The brokers a room can run on: the embedded one, the system's Mosquitto, and any external one."""
