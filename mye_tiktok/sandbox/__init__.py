"""A TikTok Shop of our own, for demos, tests and rehearsals; imports nothing else of this package."""
