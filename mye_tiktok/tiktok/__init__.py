"""TikTok Shop's Open API: the only place that knows its paths and JSON keys."""
