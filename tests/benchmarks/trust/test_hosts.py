"""Three hosts in network namespaces, the link between them cut for 20 seconds: the files are those of one thread.

For 6 seconds where tests are not as long as their names say.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.run import runner
from benchmarks.study.study import load
from tests.benchmarks.trust.studies import QUIET, changed, command, contents, environment
from tests.full import FULL

pytestmark = pytest.mark.acceptance

HOSTS = ("client", "alpha", "beta")


def ip(*words: str, check: bool = True) -> int:
    """`ip` with these words; its exit code."""
    return subprocess.run(["ip", *words], capture_output=True, check=check).returncode


@pytest.fixture
def hosts() -> Iterator[dict[str, str]]:
    """Three hosts on one bridge: network namespace by name, at 10.213.7.1 to 3. Skipped where that is not allowed."""
    if shutil.which("ip") is None or ip("netns", "add", "ls-client", check=False):
        pytest.skip("network namespaces need Linux, iproute2 and the rights of root")
    try:
        ip("netns", "del", "ls-client")
        if ip("link", "add", "lsbr", "type", "bridge", check=False):
            pytest.skip("this system allows no bridges")
        ip("link", "set", "lsbr", "up")
        for number, host in enumerate(HOSTS, start=1):
            space, inner, outer = f"ls-{host}", f"lsi{number}", f"lso{number}"
            ip("netns", "add", space)
            ip("link", "add", outer, "type", "veth", "peer", "name", inner)
            ip("link", "set", inner, "netns", space)
            ip("link", "set", outer, "master", "lsbr", "up")
            ip("-n", space, "addr", "add", f"10.213.7.{number}/24", "dev", inner)
            ip("-n", space, "link", "set", inner, "up")
            ip("-n", space, "link", "set", "lo", "up")
        yield {host: f"ls-{host}" for host in HOSTS}
    finally:
        for host in HOSTS:
            ip("netns", "del", f"ls-{host}", check=False)
        ip("link", "del", "lsbr", check=False)


@pytest.mark.acceptance
def test_a_link_that_is_cut_for_twenty_seconds_changes_nothing(hosts: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    (tmp_path / "small.toml").write_text(changed(replications="20000" if FULL else "10000"))
    runner.run(load(str(tmp_path / "small.toml")), tmp_path / "once", 2, QUIET)
    running = []

    def start(host: str, name: str, *words: str) -> subprocess.Popen[bytes]:
        log = (tmp_path / f"{name}.log").open("wb")
        each = subprocess.Popen(
            ["ip", "netns", "exec", hosts[host], *words], cwd=tmp_path, env=environment(), stdout=log, stderr=log
        )
        running.append(each)
        return each

    dask = [sys.executable, "-m"]
    try:
        scheduler = "tcp://10.213.7.1:8786"
        start("client", "scheduler", *dask, "distributed.cli.dask_scheduler", "--no-dashboard", "--host", "10.213.7.1")
        for host in ("alpha", "beta"):
            words = [*dask, "distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--no-dashboard"]
            start(host, host, *words, "--local-directory", str(tmp_path / host))
        client = start("client", "client", *command("run", "small.toml", "--out", "out", "--scheduler", scheduler))
        while client.poll() is None and len(list(tmp_path.glob("out/blocks/*/*.parquet"))) < 4:
            time.sleep(0.05)
        ip("link", "set", "lso3", "down")
        time.sleep(20 if FULL else 6)
        ip("link", "set", "lso3", "up")
        assert client.wait(timeout=500) == 0, (tmp_path / "client.log").read_text()
    finally:
        for each in running:
            each.kill()
            each.wait()
    once, out = contents(tmp_path / "once"), contents(tmp_path / "out")
    assert {n: out[n] for n in once if n != "SHA256SUMS"} == {n: t for n, t in once.items() if n != "SHA256SUMS"}
