"""How things are measured: servers on core 1, wrk on core 0, processor time from /proc, and a fixed
loop that tells whether the machine was quiet. Standard library only, Linux only."""
import json
import os
import socket
import statistics
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

SERVER_CORE, LOAD_CORE = ("1", "0") if (os.cpu_count() or 1) > 1 else ("0", "0")
TICKS = os.sysconf("SC_CLK_TCK")
HERE = Path(__file__).resolve().parent


def pinned(core, command):
    return ["taskset", "-c", core, *map(str, command)]


def calibration():
    """Seconds of wall clock that a fixed loop takes on the server's core now."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(SERVER_CORE)})
    start, x = time.perf_counter(), 0
    for i in range(1_500_000):
        x = (x * 31 + i) & 0xFFFFFFFF
    took = time.perf_counter() - start
    os.sched_setaffinity(0, before)
    return took


def family(pid):
    """A process and everything it started."""
    pids = [pid]
    for one in pids:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                pids += [int(child) for child in children.read_text().split()]
            except OSError:
                pass
    return pids


def cpu_seconds(pid):
    """User and system time so far of a process and what it started."""
    total = 0
    for one in family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / TICKS


def memory_mib(pid, what="VmRSS"):
    """Resident memory now (VmRSS) or at its highest (VmHWM), summed over a process and what it started."""
    total = 0
    for one in family(pid):
        try:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith(what + ":"))
    return total / 1024


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server on core 1, stopped when the `with` block ends."""

    def __init__(self, command, port, cwd, env, page, cookie=""):
        self.url, self.page, self.cookie = f"http://127.0.0.1:{port}", page, cookie
        self.log = open(Path(cwd) / "server.log", "a")
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            pinned(SERVER_CORE, command), cwd=cwd, env={**os.environ, **env}, stdout=self.log, stderr=self.log
        )
        self.pid = self.process.pid  # taskset becomes the server: the number stays

    def __enter__(self):
        try:
            while not self.answers():
                if self.process.poll() is not None or time.perf_counter() - self.started > 60:
                    raise SystemExit(f"the server did not start; see {self.log.name}")
                time.sleep(0.005)
        except BaseException:
            self.__exit__()
            raise
        self.first_page = time.perf_counter() - self.started
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def answers(self):
        request = urllib.request.Request(self.url + self.page, headers={"Cookie": self.cookie})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                self.page_bytes = len(answer.read())
                if answer.status != 200 or answer.url != self.url + self.page:
                    raise SystemExit(f"{self.page} led to {answer.url} ({answer.status})")
                return True
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{self.page} answered {error.code}; see {self.log.name}") from None
        except OSError:
            return False


def start_wrk(url, seconds, connections, arguments):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", HERE / "wrk/load.lua", url, "--"]
    return subprocess.Popen(pinned(LOAD_CORE, command + arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(wrk):
    """What load.lua counted."""
    said, _ = wrk.communicate()
    for line in said.splitlines():
        if line.startswith("BENCH "):
            return json.loads(line[6:].replace("nan", "0").replace("inf", "0"))
    raise SystemExit(f"wrk said:\n{said}")


def load(server, seconds, connections, arguments):
    """One round: what wrk counted, with answers a second and processor microseconds an answer."""
    quiet, before = calibration(), cpu_seconds(server.pid)
    counted = finished(start_wrk(server.url, seconds, connections, arguments))
    spent = cpu_seconds(server.pid) - before
    answered = max(1, sum(counted[k] for k in ("ok", "refused", "busy", "limited", "other")))
    counted["rate"] = counted["ok"] / max(counted["seconds"], 1e-6)
    counted["cpu_us"] = spent * 1e6 / answered
    counted["calibration"] = max(quiet, calibration())
    return counted


def run_to_end(command, cwd, env, core=None):
    """Runs a program to its end: wall seconds, processor seconds, highest resident MiB, calibration."""
    quiet, peak, start = calibration(), 0.0, time.perf_counter()
    with open(Path(cwd) / "run.log", "w") as log:
        process = subprocess.Popen(
            pinned(core, command) if core else list(map(str, command)), cwd=cwd, env={**os.environ, **env}, stdout=log, stderr=log
        )
        while True:
            peak = max(peak, memory_mib(process.pid, "VmHWM"))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.01)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = (Path(cwd) / "run.log").read_text()[-2000:]
        raise SystemExit(f"{Path(str(command[0])).name} ended with {process.returncode}:\n{tail}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": peak, "calibration": max(quiet, calibration())}


class Rounds:
    """Measurements by target; those taken while the machine was busy do not count."""

    SLOWEST = 1.15  # times the best calibration of the whole run
    best = None

    def __init__(self):
        self.by_target = {}

    def add(self, target, measured):
        Rounds.best = min(Rounds.best or measured["calibration"], measured["calibration"])
        self.by_target.setdefault(target, []).append(measured)

    def quiet(self, target):
        return [m for m in self.by_target.get(target, []) if m["calibration"] <= Rounds.best * self.SLOWEST]

    def kept(self, target):
        return f"{len(self.quiet(target))}/{len(self.by_target.get(target, []))}"

    def median(self, target, what):
        """Over the quiet rounds; over all of them when none was quiet (then `kept` says 0)."""
        values = [m[what] for m in self.quiet(target) or self.by_target.get(target, [])]
        return statistics.median(values) if values else None

    def noise(self, target, what):
        """Spread from least to most, in percent of the median."""
        values = [m[what] for m in self.quiet(target) or self.by_target.get(target, [])]
        middle = statistics.median(values) if values else 0
        return f"{100 * (max(values) - min(values)) / middle:.0f}%" if middle else "-"
