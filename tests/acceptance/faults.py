"""Every fault the sandbox can make of one detail, and the exit codes that may follow."""

from tests.acceptance.mailbox import FETCH, run_until_done
from tests.acceptance.program import Finished, Program, SandboxProcess, connect

# 1: that product waits for the next run
CODES = {
    "html": (0, 1),
    "truncated": (0, 1),
    "cut": (0, 1),
    "bad_gateway": (0,),
    "unavailable": (0,),
    "internal": (0,),
    "timeout": (0,),
    "drop": (0,),
    "lost": (0,),
    "rate_limited": (0,),
    "hourly_cap": (1, 75),
    "expired": (0,),
    "revoked": (77,),
    "shop_inactive": (77,),
    "seller_inactive": (77,),
    "scope_missing": (77,),
    "refusal": (0,),
    "strange_values": (0, 1),
    "nulls": (0, 1),
}


def struck(program: Program, sandbox: SandboxProcess, kind: str) -> Finished:
    """Add four products, fetch while one detail fails, and recover; returns the fetch that was struck."""
    sandbox.control("POST", "products/add", count=4)
    sandbox.control("POST", "faults", kind=kind, operation="get_product", after=1, times=1)
    done = program.run(*FETCH)
    sandbox.control("POST", "heal")
    if done.code == 77:
        connect(program, sandbox)
    if done.code != 0:
        run_until_done(program)
    return done
