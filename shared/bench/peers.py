"""Python's pools, for the benchmarks.

Started as `peers.py threads WORKERS` or `peers.py processes WORKERS`. Each line
of the input asks for something to be done so many times, such as `batch 12`. The
answer is a line with the seconds that it took.
"""

import sys
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


POOLS = {
    "threads": (ThreadPoolExecutor, {"single": thread_single, "batch": thread_batch}),
    "processes": (ProcessPoolExecutor, {"single": process_single, "chunks": process_chunks}),
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
