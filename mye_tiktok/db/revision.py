"""Which revisions of the database this program knows; kept equal to the migrations by a test.

A command checks its database against these names, so that only a real upgrade loads Alembic.
"""

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
HEAD = REVISIONS[-1]
