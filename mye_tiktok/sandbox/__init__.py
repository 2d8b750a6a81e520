"""A TikTok Shop of our own, for demos, tests and rehearsals; written from the documentation a second time."""
