"""MYE's side of the bridge: the messages it receives."""
