"""Python's pools and events, for the benchmarks: takes one sample.

Started as `peers.py KIND REQUEST WORKERS SECONDS [CORE WORKERS_CORE]`: does what
is requested again and again for so many seconds, after a third of that time to
warm up, and prints the nanoseconds for one item and the processor time per wall
time, as JSON. With two cores, the main thread runs on the first one and all
others on the second.
"""

import json
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

# As in the Rust rows.
BATCH = 1000
SINGLE = 100
ITEMS = 10_000
CHUNK = 100
LOOKS = 1000
LARGE = 100 << 20


def nothing():
    pass


def same(value):
    return value


def make(length):
    return b"\x07" * length


class Threads:
    def __init__(self, workers):
        self.pool = ThreadPoolExecutor(workers)
        # Afterwards every worker has been started.
        meeting = threading.Barrier(workers + 1)
        for _ in range(workers):
            self.pool.submit(meeting.wait)
        meeting.wait()

    def batch(self):
        submit = self.pool.submit
        futures = [submit(nothing) for _ in range(BATCH)]
        for future in futures:
            future.result()

    def single(self):
        submit = self.pool.submit
        for _ in range(SINGLE):
            submit(nothing).result()

    def close(self):
        self.pool.shutdown()


class Processes:
    def __init__(self, workers):
        self.pool = ProcessPoolExecutor(workers)
        self.pool.submit(same, 7).result()
        self.argument = None

    def close(self):
        self.pool.shutdown()

    def single(self):
        self.pool.submit(same, 7).result()

    def chunks(self):
        for _ in self.pool.map(same, range(ITEMS), chunksize=CHUNK):
            pass

    def large_argument(self):
        assert self.pool.submit(len, self.argument).result() == LARGE

    def large_result(self):
        assert len(self.pool.submit(make, LARGE).result()) == LARGE


class Crowd:
    """Threads that wait. Two events wake them in turn, so that no thread takes
    part in a round twice."""

    def __init__(self, waiters):
        self.go = [threading.Event(), threading.Event()]
        self.done = threading.Event()
        self.waiters = waiters
        self.arrived = 0
        self.lock = threading.Lock()
        self.turn = 0
        for _ in range(waiters):
            threading.Thread(target=self.wait, daemon=True).start()

    def wait(self):
        turn = 0
        while True:
            self.go[turn].wait()
            with self.lock:
                self.arrived += 1
                last = self.arrived == self.waiters
                if last:
                    self.arrived = 0
            if last:
                self.done.set()
            turn = 1 - turn

    def round(self):
        go = self.go[self.turn]
        go.set()
        self.done.wait()
        self.done.clear()
        go.clear()
        self.turn = 1 - self.turn


class Events:
    def __init__(self, _workers):
        self.flag = threading.Event()
        self.flag.set()
        self.crowd = None

    def is_set(self):
        flag = self.flag
        for _ in range(LOOKS):
            flag.is_set()

    def wait(self):
        flag = self.flag
        for _ in range(LOOKS):
            flag.wait()

    def wake(self):
        self.crowd.round()

    def close(self):
        pass  # its threads are daemons


ITEMS_OF = {"batch": BATCH, "single": SINGLE, "chunks": ITEMS, "is_set": LOOKS, "wait": LOOKS}


def clocks():
    """Those of this process and of the child processes that it has now."""
    found = [time.CLOCK_PROCESS_CPUTIME_ID]
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/children") as children:
            # The system's number for the clock of another process.
            found += [(~int(child) << 3) | 2 for child in children.read().split()]
    return found


def read(found):
    return sum(time.clock_gettime(clock) for clock in found)


def rounds(work, seconds):
    """Calls it until the time is over, at least once. Returns how often."""
    begun = time.perf_counter()
    count = 0
    while True:
        work()
        count += 1
        if time.perf_counter() - begun >= seconds:
            return count


def main():
    kind, request, workers, seconds = sys.argv[1:5]
    cores = [int(core) for core in sys.argv[5:7]]
    seconds = float(seconds)
    if cores:
        os.sched_setaffinity(0, {cores[1]})
    pool = {"threads": Threads, "processes": Processes, "events": Events}[kind](int(workers))
    items = ITEMS_OF.get(request, 1)
    if kind == "processes" and request == "single":
        items = 1
    if request.startswith("wake_"):
        pool.crowd = Crowd(int(request.removeprefix("wake_")))
        pool.crowd.round()
        work = pool.wake
    else:
        work = getattr(pool, request)
    if cores:
        os.sched_setaffinity(0, {cores[0]})

    once = request.startswith("large")
    if once:
        pool.argument = b"\x07" * LARGE
    else:
        rounds(work, seconds / 3)
    try:
        found = clocks()
    except OSError:
        found = []  # not on this system
    before = read(found)
    begun = time.perf_counter()
    count = rounds(work, 0 if once else seconds)
    wall = time.perf_counter() - begun
    used = (read(found) - before) / wall if found else None
    print(json.dumps({"time": wall / count / items * 1e9, "cores": used}), flush=True)
    pool.close()


if __name__ == "__main__":
    main()
