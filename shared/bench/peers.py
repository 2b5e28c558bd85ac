"""Python's pools and events, for the benchmarks.

Started as `peers.py threads WORKERS`, `peers.py processes WORKERS` or
`peers.py events WORKERS`. Each line of the input asks for something to be done so many times, such as `batch 12`. The
answer is a line with the seconds that it took.
"""

import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

BATCH = 1000
ITEMS = 10_000
CHUNK = 100


def nothing():
    pass


def same(value):
    return value


def thread_single(pool):
    pool.submit(nothing).result()


def thread_batch(pool):
    futures = [pool.submit(nothing) for _ in range(BATCH)]
    for future in futures:
        future.result()


def process_single(pool):
    pool.submit(same, 7).result()


def process_chunks(pool):
    for _ in pool.map(same, range(ITEMS), chunksize=CHUNK):
        pass


class Crowd:
    """Threads that wait. They are woken by two events in turn, so that nobody
    takes part in a round twice."""

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
    def __init__(self, max_workers):
        self.flag = threading.Event()
        self.flag.set()
        self.crowds = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def wake(self, waiters):
        if waiters not in self.crowds:
            self.crowds[waiters] = Crowd(waiters)
        self.crowds[waiters].round()


def event_is_set(events):
    flag = events.flag
    for _ in range(BATCH):
        flag.is_set()


def event_wait(events):
    flag = events.flag
    for _ in range(BATCH):
        flag.wait()


def event_wake(waiters):
    return lambda events: events.wake(waiters)


POOLS = {
    "threads": (ThreadPoolExecutor, {"single": thread_single, "batch": thread_batch}),
    "processes": (ProcessPoolExecutor, {"single": process_single, "chunks": process_chunks}),
    "events": (
        Events,
        {
            "is_set": event_is_set,
            "wait": event_wait,
            "wake_1": event_wake(1),
            "wake_10": event_wake(10),
            "wake_1000": event_wake(1000),
        },
    ),
}


def seconds(work, pool, times):
    begun = time.perf_counter()
    for _ in range(times):
        work(pool)
    return time.perf_counter() - begun


def main():
    make_pool, works = POOLS[sys.argv[1]]
    with make_pool(max_workers=int(sys.argv[2])) as pool:
        for line in sys.stdin:
            name, times = line.split()
            print(seconds(works[name], pool, int(times)), flush=True)


if __name__ == "__main__":
    main()
