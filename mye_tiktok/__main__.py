"""`python -m mye_tiktok`: the same as the command `mye-tiktok`."""

from mye_tiktok.cli.main import run

if __name__ == "__main__":
    run()
