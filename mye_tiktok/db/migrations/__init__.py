"""The revisions of the database. There is no way down: restore a backup to go back."""
