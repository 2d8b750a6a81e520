"""The bridge between MYE and TikTok Shop."""

__version__ = "0.1.0"
