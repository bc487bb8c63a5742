"""For the sceptic: a certificate is checked here, by code that never searches."""
