"""How messages travel: one port over MQTT, and its adapters."""
