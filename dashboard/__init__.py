"""The room: phone page, stage, presenter page, polls and the tunnel that lets a browser speak MQTT."""
