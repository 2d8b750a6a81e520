"""The tables, one module per noun; `metadata.py` knows them all."""
