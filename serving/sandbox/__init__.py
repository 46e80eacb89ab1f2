"""Files of strangers are opened in child processes that may use so much and no more."""
