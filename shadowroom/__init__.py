"""The composition root: command line, supervisor, brokers and the minting of device credentials."""
