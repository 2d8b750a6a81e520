"""The bridge between MYE and TikTok Shop."""

__version__ = "0.3.0"
