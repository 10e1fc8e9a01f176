"""The gate: where devices from outside come in, with a password or a certificate of their own."""
