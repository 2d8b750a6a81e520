"""The use-cases: the only place that joins adapters and opens transactions."""
