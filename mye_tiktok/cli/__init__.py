"""The commands: parse, call one job, show its report."""
