"""The command that draws one replication again."""

import re

from reports.results import Results


def replay(results: Results, cell: int, replication: int) -> str:
    """`loadstone replay crm-clusters --cell 3 --replication 17`; empty where the study does not say how."""
    told = results.study.replay
    if not told:
        return ""
    told = re.sub(r"--cell \d+", f"--cell {cell}", told)
    return re.sub(r"--replication \d+", f"--replication {replication}", told)
