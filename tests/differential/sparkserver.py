"""Start one real Spark Connect server from the installed `pyspark`, for recording."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time


def free_port():
    """A TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _unblock():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def wait_for_port(port, process, seconds):
    """Wait until 127.0.0.1:port accepts; raises when the process ends or time is up."""
    deadline = time.time() + seconds
    while time.time() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"server ended with code {process.returncode}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.1)
    raise RuntimeError("server did not listen in time")


@contextlib.contextmanager
def spark_server(log=None):
    """A Spark Connect server in one JVM; yields its sc:// endpoint and ends it afterwards."""
    import pyspark

    home = os.path.dirname(os.path.abspath(pyspark.__file__))
    work = tempfile.mkdtemp(prefix="sparkserver-")
    port = free_port()
    conf = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": os.path.join(work, "warehouse"),
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -Dderby.system.home=" + work,
        "spark.driver.memory": "2g",
    }
    command = [os.path.join(home, "bin", "spark-submit"), "--master", "local[2]", "--class",
               "org.apache.spark.sql.connect.service.SparkConnectServer"]
    for key, value in conf.items():
        command += ["--conf", f"{key}={value}"]
    env = dict(os.environ, SPARK_HOME=home, TZ="UTC", SPARK_LOCAL_IP="127.0.0.1")
    env.pop("SPARK_REMOTE", None)
    out = open(log, "wb") if log else subprocess.DEVNULL
    process = subprocess.Popen(command + ["spark-internal"], env=env, cwd=work, stdout=out,
                               stderr=subprocess.STDOUT, start_new_session=True,
                               preexec_fn=_unblock)
    try:
        wait_for_port(port, process, 120)
        yield f"sc://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    with spark_server("/dev/stderr") as endpoint:
        print(endpoint, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
