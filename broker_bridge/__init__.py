"""The Device Shadow service: things and their shadows over MQTT and HTTPS, on any MQTT broker."""
