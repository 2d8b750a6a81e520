"""The listener: in this process as an ASGI application, and as a process of its own on a port."""
