"""The tunnel spread over worker processes: `--tunnel-workers N`."""
