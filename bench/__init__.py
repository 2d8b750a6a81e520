"""The numbers that mye-tiktok is held to: scripts that print JSON, each number beside its limit; see README.md."""
