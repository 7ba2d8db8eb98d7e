"""A demonstration of its own for one run: made, served, signed in to as every role."""
import http.client
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path


class Demo:
    """Serves `guildhall demo` in a folder of its own. Use as a context."""

    def __init__(self, binary):
        self.binary = str(Path(binary).resolve())

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.out = open(Path(self.folder.name) / "out", "w+")
        self.log = open(Path(self.folder.name) / "log", "w+")
        self.server = subprocess.Popen([self.binary, "demo"], cwd=self.folder.name, env={**kept, "BIND": f"127.0.0.1:{self.port}"}, stdout=self.out, stderr=self.log)
        self.url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 300
        while True:
            try:
                if self.get("/readyz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.2)
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the demonstration does not serve:\n{self.said()}\n{self.complaints()[-3000:]}")
        said = self.said()
        self.people = {role.strip(): email for role, email in re.findall(r"^  (\S.*?)\s{2,}(\S+@\S+)$", said, re.M)}
        self.password = re.search(r"password is: (.*)$", said, re.M).group(1)
        self.cookies = {"visitor": None, **{role: self.sign_in(email) for role, email in self.people.items()}}
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()
        self.out.close()
        self.log.close()
        self.folder.cleanup()

    def said(self):
        return (Path(self.folder.name) / "out").read_text()

    def complaints(self):
        return (Path(self.folder.name) / "log").read_text()

    def ask(self, method, path, body=None, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        if cookie:
            headers["Cookie"] = cookie
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer, answer.read()
        finally:
            connection.close()

    def get(self, path, cookie=None):
        status, answer, body = self.ask("GET", path, None, cookie)
        return status, answer.getheader("Content-Type") or "", answer.getheader("Location") or "", body.decode("utf-8", "replace")

    def sign_in(self, email):
        form = urllib.parse.urlencode({"email": email, "password": self.password, "next": "/home"})
        status, answer, _ = self.ask("POST", "/sign-in", form)
        cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
        if status != 303 or not cookie:
            raise SystemExit(f"{email} cannot sign in: {status}")
        return cookie


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "a" and "download" not in attributes:
            self.found.append(attributes.get("href") or "")


def links(html):
    parser = Links()
    parser.feed(html)
    return parser.found


def pattern(path):
    """The address with every id, number and page of a list taken out."""
    path = urllib.parse.urlsplit(path).path
    path = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}(?=[/.]|$)", "/{id}", path)
    return re.sub(r"/\d+(?=[/.]|$)", "/{n}", path)


def crawl(demo, role, start=("/", "/home", "/coops", "/verify", "/sign-in", "/sign-up", "/reset", "/security", "/privacy", "/accessibility", "/settings", "/buyer"), each=2, most=400):
    """Every page this role comes to by links, at most `each` of a kind: path -> status."""
    cookie, seen, queue, met, pages, broken = demo.cookies[role], set(), [(path, "") for path in start], {}, [], []
    while queue and len(pages) < most:
        path, origin = queue.pop(0)
        if path in seen or met.get(pattern(path), 0) >= each:
            continue
        seen.add(path)
        status, kind, location, html = demo.get(path, cookie)
        if status in (301, 302, 303):
            queue.append((urllib.parse.urlsplit(location).path, path))
            continue
        if status >= 500 or (status in (403, 404) and path not in start):
            broken.append(f"{path} ({status}) from {origin}")
        if not kind.startswith("text/html"):
            continue
        met[pattern(path)] = met.get(pattern(path), 0) + 1
        if status == 200:
            pages.append(path)
        for href in links(html):
            target = urllib.parse.urlsplit(urllib.parse.urljoin(path, href))
            if not target.netloc and target.scheme == "" and target.path.startswith("/") and not target.path.startswith("/static/"):
                queue.append((target.path + (f"?{target.query}" if target.query and met.get(pattern(target.path), 0) == 0 else ""), path))
    return pages, broken
