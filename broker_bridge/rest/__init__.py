"""AWS IoT's HTTPS interfaces: the data plane, the fleet index and a thin registry."""
