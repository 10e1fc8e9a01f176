"""The parts that run as one process each: broker, bridge, dashboard, sim. `up` supervises exactly these."""
