"""Running legs on a Millrace of ours and on a Spark, one process a leg, and ending them by force."""
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def free_port():
    """A TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds, what):
    """Wait until condition() is true."""
    deadline = time.time() + seconds
    while not condition():
        if time.time() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


def listens(port):
    """Whether somebody accepts at 127.0.0.1:port."""
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SPARK_", "PYSPARK_"))}
    return dict(env, TZ="UTC", PYTHONUNBUFFERED="1")


def end(process, sig=signal.SIGTERM):
    """End a process of ours and its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, sig)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Engine:
    """`name`, and the Python that plays its legs; a Millrace also has its binary."""

    def __init__(self, name, python, binary=None, jvm_lock=None):
        self.name, self.python, self.binary, self.jvm_lock = name, python, binary, jvm_lock
        self.work = tempfile.mkdtemp(prefix="leg-" + name + "-")
        self.count = 0

    def _start(self, job):
        self.count += 1
        stem = os.path.join(self.work, str(self.count))
        os.makedirs(stem)
        job.update(work=stem, result=stem + "/result.json", pidfile=stem + "/pid",
                   ready=stem + "/ready")
        server = None
        if self.binary:
            port = free_port()
            server = subprocess.Popen(
                [self.binary, "serve", "--listen", f"127.0.0.1:{port}"], start_new_session=True,
                env=environment(), stdout=open(stem + "/server.log", "wb"), stderr=subprocess.STDOUT)
            wait_for(lambda: listens(port), 20, "the server does not listen")
            job["endpoint"] = f"sc://127.0.0.1:{port}"
        with open(stem + "/job.json", "w") as f:
            json.dump(job, f)
        command = [self.python, os.path.join(HERE, "leg.py"), stem + "/job.json"]
        leg = subprocess.Popen(command, start_new_session=True, env=environment(), cwd=stem,
                               stdout=open(stem + "/leg.log", "wb"), stderr=subprocess.STDOUT)
        return job, leg, server

    @contextlib.contextmanager
    def _turn(self):
        """Holds the lock file, if there is one, while a JVM runs."""
        if self.binary or not self.jvm_lock:
            yield
            return
        with open(self.jvm_lock, "a") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            yield

    def play(self, tasks, threads=4, seconds=900, **more):
        """All tasks to their end; returns the answers by task name."""
        if not tasks:
            return {}
        with self._turn():
            return self._play(dict(tasks=tasks, threads=threads, **more), seconds)

    def _play(self, job, seconds):
        job, leg, server = self._start(job)
        try:
            leg.wait(seconds)
            with open(job["result"]) as f:
                return json.load(f)
        except (subprocess.TimeoutExpired, FileNotFoundError):
            with open(job["work"] + "/leg.log", errors="replace") as f:
                sys.stderr.write(f.read()[-3000:])
            raise RuntimeError(f"a leg on {self.name} did not end, see {job['work']}") from None
        finally:
            end(leg)
            if server:
                end(server)

    def kill(self, tasks, after, threads=4):
        """Paced tasks; the engine gets kill -9 `after` seconds behind the first file."""
        with self._turn():
            return self._kill(dict(tasks=tasks, threads=threads), after)

    def _kill(self, job, after):
        job, leg, server = self._start(job)
        try:
            wait_for(lambda: os.path.exists(job["ready"]) or leg.poll() is not None, 300, "no start")
            time.sleep(after)
            if server:
                victim = server.pid
            else:
                with open(job["pidfile"]) as f:
                    victim = int(f.read())
            os.kill(victim, signal.SIGKILL)
        finally:
            end(leg, signal.SIGKILL)
            if server:
                end(server, signal.SIGKILL)
        return job["work"]
