"""What the service tells those who run it: log lines, metrics, traces."""
