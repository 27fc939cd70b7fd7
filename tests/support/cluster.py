#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A PostgreSQL cluster of the tests' own, on a unix socket in a temporary folder, and nothing left.

cluster.py run [--fsync] [--] COMMAND...   a cluster for one command, which finds its address in
                                           TOLLGATE_TEST_POSTGRES
cluster.py start FILE                      a cluster for a whole ctest run: writes its address to
                                           FILE; ends with `stop`, or when ctest itself is gone
cluster.py stop FILE

Where TOLLGATE_TEST_POSTGRES names a server, that one is used and nothing is started. The machine's
own clusters are never touched.
"""

import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

VARIABLE = "TOLLGATE_TEST_POSTGRES"
SETTINGS = {
    "listen_addresses": "''",
    "port": "5432",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "recovery_init_sync_method": "syncfs",
    "log_line_prefix": "'%m [%p] '",
    "timezone": "UTC",
}
# What a crash would lose, a test that crashes nothing need not wait for.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def programs():
    """The folder of the newest PostgreSQL's programs."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    found.sort(key=lambda path: float(path.split("/")[4]))
    if found:
        return os.path.dirname(found[-1])
    elsewhere = shutil.which("initdb")
    if not elsewhere:
        sys.exit("no initdb in /usr/lib/postgresql/*/bin or the path: "
                 "apt-get install postgresql, or set " + VARIABLE)
    return os.path.dirname(os.path.realpath(elsewhere))


def quick_folder():
    """Where a cluster lies: in memory where there is room. A killed process loses nothing there
    that it would not lose on a disk, and nobody waits for a disk that others use."""
    memory = pathlib.Path("/dev/shm")
    with contextlib.suppress(OSError):
        if shutil.disk_usage(memory).free >= 2 << 30 and os.access(memory, os.W_OK | os.X_OK):
            return memory
    return None


def in_the_middle(pid):
    """Whether a process of a server serves a session that is not idle."""
    try:
        title = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().strip(b"\0 ")
    except OSError:
        return False
    return b"[local]" in title and not title.endswith((b"idle", b"startup", b"authentication"))


def remove(folder):
    """Removes what a cluster was, and the log that lies elsewhere."""
    log = folder / "data" / "pg_wal"
    if log.is_symlink():
        shutil.rmtree(log.resolve().parent, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def is_gone(pid):
    """Whether a process has ended. Its memory, files and locks are free then, even where nobody has
    asked for its status yet."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"


class Cluster:
    """A cluster with its server. Use it as a context: it is gone afterwards."""

    def __init__(self, fsync=False):
        self.bin = programs()
        self.fsync = fsync
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-pg-",
                                                     dir=quick_folder()))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.server = None
        # PostgreSQL refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else None

    @property
    def conninfo(self):
        return f"host={self.folder} port=5432 dbname=postgres user=postgres"

    def run(self, program, *arguments):
        """Runs one of PostgreSQL's programs to its end."""
        done = subprocess.run([f"{self.bin}/{program}", *arguments], user=self.user, text=True,
                              cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done.stdout

    def __enter__(self):
        # Whoever holds the other end may be killed: then this one tidies up.
        self.heir = subprocess.Popen([sys.executable, __file__, "inherit", str(self.folder)],
                                     stdin=subprocess.PIPE, start_new_session=True,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if self.user:
                owner = pwd.getpwnam(self.user)
                os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.run("initdb", "--pgdata", str(self.data), "--username=postgres", "--auth=trust",
                     "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", "--no-sync",
                     *self.log_on_disk())
            settings = dict(SETTINGS, unix_socket_directories=f"'{self.folder}'")
            if not self.fsync:
                settings.update(NOT_DURABLE)
            # One role has to say a password; everybody else on this socket is trusted.
            hba = self.data / "pg_hba.conf"
            hba.write_text("local all tollgate_password scram-sha-256\n" +
                           hba.read_text(encoding="utf-8"), encoding="utf-8")
            with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
                conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def log_on_disk(self):
        """Commits that are to be durable wait for a disk, as they do for people: a server is killed
        while they wait."""
        if not self.fsync:
            return []
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-wal-"))
        if self.user:
            shutil.chown(folder, self.user)
        return [f"--waldir={folder / 'pg_wal'}"]

    def __exit__(self, *_):
        self.stop()
        remove(self.folder)
        self.heir.stdin.close()
        self.heir.wait()

    def start(self):
        """Starts the server, and waits until it answers."""
        with open(self.log, "ab") as log:
            self.server = subprocess.Popen(
                [f"{self.bin}/postgres", "-D", str(self.data)], user=self.user, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        for _ in range(600):
            if self.server.poll() is not None:
                break
            ready = subprocess.run([f"{self.bin}/pg_isready", "-q", "-d", self.conninfo],
                                   check=False)
            if ready.returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not start:\n" + self.log.read_text(errors="replace"))

    def kill(self):
        """Ends every process of the server at once, as a loss of power would. Answers how many
        sessions were in the middle of something: their process titles say so."""
        children = pathlib.Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        pids = [self.server.pid, *map(int, children.read_text().split())]
        for end in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, end)
            if end == signal.SIGSTOP:
                busy = sum(map(in_the_middle, pids))
        self.server.wait()
        # Shared memory and locks are free when the last child is gone.
        for pid in pids[1:]:
            while not is_gone(pid):
                time.sleep(0.005)
        return busy

    def stop(self):
        """Stops the server without waiting for clients."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()


def run(arguments):
    fsync = arguments[:1] == ["--fsync"]
    command = arguments[1:] if fsync else arguments
    command = command[1:] if command[:1] == ["--"] else command
    if os.environ.get(VARIABLE):
        return subprocess.run(command, check=False).returncode
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Cluster(fsync) as cluster:
        return subprocess.run(command, env=dict(os.environ, **{VARIABLE: cluster.conninfo}),
                              check=False).returncode


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def inherit(folder):
    """Waits for the end of whoever made a cluster, and ends what that left behind."""
    sys.stdin.read()
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        if str(folder).encode() in command:
            os.kill(pid, signal.SIGQUIT)
            while not is_gone(pid):
                time.sleep(0.05)
    remove(folder)
    return 0


def guard(file, whose, report):
    """Keeps a cluster until the file is gone, or the process it was started for."""
    with Cluster() as cluster:
        os.write(report, cluster.conninfo.encode())
        os.close(report)
        file.write_text(cluster.conninfo, encoding="utf-8")
        while alive(whose) and file.exists() and file.read_text() == cluster.conninfo:
            time.sleep(0.2)
        if file.exists() and file.read_text() == cluster.conninfo:
            file.unlink()


def start(file):
    file.unlink(missing_ok=True)
    if os.environ.get(VARIABLE):
        print("using the server of " + VARIABLE)
        return 0
    programs()
    whose = os.getppid()
    answer, report = os.pipe()
    if os.fork() == 0:
        # On its own: ctest waits for everybody who holds its pipes.
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.close(answer)
        try:
            guard(file, whose, report)
        except Exception as problem:
            os.write(report, f"! {problem}".encode())
        os._exit(0)
    os.close(report)
    with os.fdopen(answer, encoding="utf-8") as stream:
        said = stream.read()
    print(said or "the cluster did not start")
    return 0 if said.startswith("host=") else 1


def stop(file):
    if not file.exists():
        return 0
    folder = pathlib.Path(file.read_text(encoding="utf-8").split()[0].removeprefix("host="))
    file.unlink()
    for _ in range(300):
        if not folder.exists():
            return 0
        time.sleep(0.1)
    print(f"{folder} is still there")
    return 1


def main():
    match sys.argv[1:]:
        case ["run", *arguments] if arguments:
            return run(arguments)
        case ["start", file]:
            return start(pathlib.Path(file))
        case ["inherit", folder]:
            return inherit(pathlib.Path(folder))
        case ["stop", file]:
            return stop(pathlib.Path(file))
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
