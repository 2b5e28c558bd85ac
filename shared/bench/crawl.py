"""The crawl of the benchmark, with ThreadPoolExecutor and requests.

`crawl.py URL WORKERS FOLDER` fetches the index pages of the site, the pages that
they link to, and the files that those link to, into the folder. The answer is a
line of JSON: what was fetched, and what it cost.
"""

import hashlib
import json
import os
import resource
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import requests

INDEX_PAGES = 10
LIMIT = 3  # seconds
PIECE = 64 * 1024
# This page answers when nobody waits any more. All the others would be measured
# together with the time limit.
TOO_SLOW = "/video/9"


class Links(HTMLParser):
    """The links of a class, as addresses, and the checksum if there is one."""

    def __init__(self, address, wanted):
        super().__init__()
        self.address = address
        self.wanted = wanted
        self.links = []
        self.checksum = None
        self.in_checksum = False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        classes = (attributes.get("class") or "").split()
        if tag == "a" and self.wanted in classes and attributes.get("href"):
            link = urljoin(self.address, attributes["href"])
            self.links.append(urldefrag(link).url)
        self.in_checksum = tag == "code" and "sha256" in classes

    def handle_data(self, data):
        if self.in_checksum:
            self.checksum = data.strip()
            self.in_checksum = False


def page(url, wanted):
    answer = requests.get(url, timeout=LIMIT)
    answer.raise_for_status()
    links = Links(answer.url, wanted)
    links.feed(answer.text)
    return links


def file(url, checksum, folder):
    """Returns the number of bytes, if they are what the page has promised."""
    path = os.path.join(folder, os.path.basename(urlsplit(url).path))
    known = hashlib.sha256()
    count = 0
    with requests.get(url, timeout=LIMIT, stream=True) as answer:
        answer.raise_for_status()
        with open(path + ".part", "wb") as part:
            for piece in answer.iter_content(PIECE):
                known.update(piece)
                part.write(piece)
                count += len(piece)
    if known.hexdigest() != checksum:
        os.remove(path + ".part")
        raise ValueError("the checksum is wrong")
    os.rename(path + ".part", path)
    return count


def crawl(start, workers, folder):
    done = {"pages": 0, "files": 0, "bytes": 0, "failed": 0}
    seen = set()
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = {}

        def submit(kind, url, *more):
            if url not in seen:
                seen.add(url)
                work = file if kind == "file" else page
                running[pool.submit(work, url, *more)] = kind

        for number in range(1, INDEX_PAGES + 1):
            submit("index", f"{start}/index/{number}", "item")
        while running:
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                kind = running.pop(future)
                try:
                    result = future.result()
                except (requests.RequestException, ValueError, OSError):
                    done["failed"] += 1
                    continue
                if kind == "file":
                    done["files"] += 1
                    done["bytes"] += result
                    continue
                done["pages"] += 1
                for link in result.links:
                    if kind == "detail":
                        submit("file", link, result.checksum, folder)
                    elif urlsplit(link).path != TOO_SLOW:
                        submit("detail", link, "download")
    return done


def main():
    url, workers, folder = sys.argv[1:]
    begun = time.perf_counter()
    done = crawl(url, int(workers), folder)
    done["seconds"] = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    done["cpu"] = used.ru_utime + used.ru_stime
    # KiB on Linux, bytes on macOS.
    done["peak_kib"] = used.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    print(json.dumps(done))


if __name__ == "__main__":
    main()
