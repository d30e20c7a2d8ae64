"""Run the differential cases against an endpoint and compare with Spark's recorded answers.

    python run.py (--endpoint sc://host:port | --millrace PATH) [--jobs N] [--timeout S] [case ...]

With --millrace, starts `PATH serve --listen 127.0.0.1:PORT` itself, one server per job, and starts
another if it dies. Needs pyspark-client 4.1, pandas, pyarrow; no JVM.
Exit code 0 when every case not listed in expected_failures.txt passes.
"""
import argparse
import contextlib
import difflib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading

import harness
import sparkserver

EXPECTED = os.path.join(harness.HERE, "expected_failures.txt")


class FixedEndpoint:
    """A server that somebody else runs."""

    def __init__(self, url):
        self.url = url

    def get(self):
        return self.url

    def close(self):
        pass


class Millrace:
    """A `millrace serve` of our own, started when first needed and again when it died."""

    def __init__(self, binary, log_dir):
        self.binary = os.path.abspath(binary)
        self.log_dir = log_dir
        self.process = None
        self.port = 0
        self.starts = 0

    def get(self):
        if self.process is None or self.process.poll() is not None:
            self._start()
        return f"sc://127.0.0.1:{self.port}"

    def _start(self):
        self.starts += 1
        self.port = sparkserver.free_port()
        log = open(os.path.join(self.log_dir, f"serve-{self.port}.log"), "wb")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}"],
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.log_dir)
        log.close()
        sparkserver.wait_for_port(self.port, self.process, 30)

    def died(self):
        """Text about the server's end, or None while it runs."""
        if self.process is None or self.process.poll() is None:
            return None
        with open(os.path.join(self.log_dir, f"serve-{self.port}.log"), errors="replace") as f:
            return f"server ended with code {self.process.returncode}\n" + f.read()[-4000:]

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()


def run_one(name, server, timeout):
    """Run a case in a process of its own; returns (result or None, log text)."""
    with tempfile.TemporaryDirectory(prefix="diffrun-") as tmp:
        out = os.path.join(tmp, "result.json")
        env = dict(os.environ, TMPDIR=tmp, TZ="UTC", GRPC_VERBOSITY="NONE")
        env.pop("SPARK_REMOTE", None)
        try:
            url = server.get()
        except (RuntimeError, OSError) as e:
            return None, f"{e}\n{getattr(server, 'died', lambda: None)() or ''}"
        child = subprocess.Popen(
            [sys.executable, os.path.join(harness.HERE, "harness.py"), name, url, out],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            log = child.communicate(timeout=timeout)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            log = child.communicate()[0].decode(errors="replace") + f"\ntimeout after {timeout} s"
            server.close()  # what hung once may hang its neighbours
        log += getattr(server, "died", lambda: None)() or ""
        with contextlib.suppress(OSError, ValueError):
            with open(out, encoding="utf-8") as f:
                return json.load(f), log
        return None, log


def run_all(names, servers, timeout):
    """Run cases, one worker per server; yields (name, result or None, log) as they end."""
    todo, done = queue.Queue(), queue.Queue()
    for name in names:
        todo.put(name)

    def work(server):
        while True:
            try:
                name = todo.get_nowait()
            except queue.Empty:
                return
            done.put((name, *run_one(name, server, timeout)))

    for server in servers:
        threading.Thread(target=work, args=(server,), daemon=True).start()
    for _ in names:
        yield done.get()


def read_golden(name):
    path = os.path.join(harness.GOLDEN, name + ".json")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def difference(golden, result):
    """Unified diff of two results' events; empty when equal."""
    want = harness.dump(golden["events"]).splitlines()
    got = harness.dump(result["events"]).splitlines()
    return "\n".join(difflib.unified_diff(want, got, "spark", "here", lineterm="", n=3))


def expected_failures():
    if not os.path.exists(EXPECTED):
        return set()
    with open(EXPECTED, encoding="utf-8") as f:
        lines = (line.split("#")[0].strip() for line in f)
        return {line for line in lines if line}


def judge(name, result, log):
    """None when the case agrees with its golden file, else text that says why not."""
    golden = read_golden(name)
    if golden is None:
        return "no golden file; record it with record.py"
    if result is None:
        return "no result\n" + log
    diff = difference(golden, result)
    if not diff:
        return None
    return diff + ("\n" + log if any("uncaught" in e for e in result["events"]) else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--endpoint", help="sc:// URL of a running server")
    where.add_argument("--millrace", help="path of the millrace binary")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=60, help="seconds per case")
    parser.add_argument("--brief", action="store_true", help="names only, no differences")
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    names = args.cases or harness.case_names()
    known = expected_failures()
    counts = {"passed": 0, "failed": 0, "known": 0}
    with tempfile.TemporaryDirectory(prefix="diffserve-") as logs:
        if args.endpoint:
            servers = [FixedEndpoint(args.endpoint)] * args.jobs
        else:
            servers = [Millrace(args.millrace, logs) for _ in range(args.jobs)]
        try:
            for name, result, log in run_all(names, servers, args.timeout):
                why = judge(name, result, log)
                if why is None:
                    counts["passed"] += 1
                    note = " (listed as expected to fail)" if name in known else ""
                    print(f"ok      {name}{note}", flush=True)
                    continue
                kind = "known" if name in known else "failed"
                counts[kind] += 1
                print(f"{kind:7} {name}", flush=True)
                if kind == "failed" and not args.brief:
                    print("    " + why.replace("\n", "\n    "), flush=True)
        finally:
            for server in servers:
                server.close()
    if counts["known"]:
        print(f"{counts['known']} known differences")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
