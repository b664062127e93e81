"""Plant each fault and see which laws name it: `python -m tests.laws.further.run [SEED] [NAME ..]`."""

import sys
import time

from estimators import laws

from .faults import FAULTS

KNOWN = [law.name for law in laws.LAWS]


def planted(name, seed=0, only=None):
    """The laws that are broken, each with its reason, and the seconds until the first of them."""
    fault = FAULTS[name]
    begun, found = time.process_time(), []
    first = None

    def told(row):
        nonlocal first
        if row.outcome == "broken" and first is None:
            first = time.process_time() - begun

    try:
        report = laws.report(fault.make(), seed=seed, shrink=False, progress=told, only=only, **fault.claims)
        found = [(row.law, " ".join(row.reason.split())) for row in report.rows if row.outcome == "broken"]
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        found = [("CRASH", f"{type(error).__name__}: {error}")]
    return found, first, time.process_time() - begun


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    whole = "whole" in sys.argv
    names = [name for name in sys.argv[2:] if name != "whole"] or list(FAULTS)
    for name in names:
        fault = FAULTS[name]
        only = [law for law in fault.laws if law in KNOWN]
        found, first, total = planted(name, seed, None if whole else only)
        names_it = [law for law, _ in found if law in fault.laws]
        word = "named" if names_it else "other" if found and found[0][0] != "CRASH" else "CRASH" if found else "SLIPS"
        print(f"{word}|{name}|{fault.of}|{','.join(law for law, _ in found)}|{first or 0:.1f}|{total:.1f}", flush=True)
        for law, reason in found[:3]:
            print(f"    {law}: {reason[:230]}", flush=True)


if __name__ == "__main__":
    main()
