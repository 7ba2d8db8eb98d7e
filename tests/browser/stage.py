"""What the chain is played on: a hall under a clock that can be moved, people with a browser each, and
members who only vote, by plain HTTP.

The program has no hook for its clock. It runs under libfaketime (package `faketime`), which reads how
far the clock is ahead from a file; its monotonic clock goes on untouched.
"""
import email
import email.policy
import glob
import http.client
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

from browser import Browser

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "three wise hens"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Pages that no demonstration holds open, so that axe comes to them only here.
RARE = ("set up", "upload", "mapping", "a batch", "basis", "importing", "freezing", "preview", "notice form", "ballot", "step-up", "refused", "below the floor", "token shown", "prepare",
        "verified", "put it to members")
AXE = """const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, resultTypes: ['violations']})
  .then(found => done(found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | '))), broken => done(['axe broke: ' + broken]));"""


def faketime():
    found = sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise SystemExit("libfaketime is not here: bin/test installs it (package faketime)")
    return found[0]


class Hall:
    """One hall in a folder of its own, its clock ahead by as much as was passed."""

    def __init__(self, binary, folder, database=None):
        self.binary, self.folder = str(Path(binary).resolve()), Path(folder)
        self.database, self.ahead = database or f"sqlite:{self.folder / 'hall.db'}", 0
        self.clock, self.log, self.out = self.folder / "clock", self.folder / "log", self.folder / "out"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def env(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "DATABASE_URL": self.database, "BIND": f"127.0.0.1:{self.port}", "LD_PRELOAD": faketime(), "FAKETIME_TIMESTAMP_FILE": str(self.clock),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def __enter__(self):
        self.clock.write_text("+0\n")
        self.server = subprocess.Popen([self.binary], cwd=self.folder, env=self.env(), stdout=open(self.out, "w"), stderr=open(self.log, "w"))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.server.poll() is None:
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        raise SystemExit(f"the hall does not serve:\n{self.out.read_text()}\n{self.log.read_text()[-3000:]}")

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    def now(self):
        return time.time() + self.ahead

    def day(self):
        return time.strftime("%Y-%m-%d", time.gmtime(self.now()))

    def pass_by(self, days=0, hours=0):
        """Moves the hall's clock on. Written beside and moved into place, so that it is read whole."""
        self.ahead += days * 86_400 + hours * 3_600
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(f"+{self.ahead}\n")
        fresh.replace(self.clock)

    def run(self, *words):
        return subprocess.run([self.binary, *words], cwd=self.folder, env=self.env(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def ask(self, method, path, fields=None, cookie=None):
        """Status, headers and bytes of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", **({"Cookie": cookie} if cookie else {})}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, None if fields is None else urllib.parse.urlencode(fields), headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def mailed(self, address, words):
        """The address in the newest mail to somebody that holds these words; mail takes a moment."""
        for _ in range(200):
            for file in sorted(self.folder.glob("data/mail/*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True):
                mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                if address in mail["To"]:
                    links = [link for link in re.findall(rf"{re.escape(self.url)}\S+", mail.get_body().get_content()) if words in link]
                    if links:
                        return links[0]
            time.sleep(0.05)
        raise RuntimeError(f"no mail to {address} leads to {words}")


class Forms(HTMLParser):
    """What each form of a page would send as it stands: [(action, [(name, value)])]."""

    def __init__(self, html):
        super().__init__()
        self.found, self.area, self.select = [], None, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        if tag == "form":
            self.found.append((at.get("action"), []))
        elif not self.found:
            return
        fields = self.found[-1][1]
        if tag == "input" and at.get("name") and (at.get("type") not in ("radio", "checkbox") or "checked" in at):
            fields.append((at["name"], at.get("value") or ""))
        elif tag == "textarea":
            fields.append((at.get("name"), ""))
        elif tag == "select":
            self.select = at.get("name")
        elif tag == "option" and self.select:
            if "selected" in at or not any(name == self.select for name, _ in fields):
                fields[:] = [field for field in fields if field[0] != self.select] + [(self.select, at.get("value"))]

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None


class Fellow:
    """A member who joins and votes by plain forms, as a browser that shows nothing would."""

    def __init__(self, hall, name):
        self.hall, self.name, self.cookie = hall, name, None
        self.email = name.lower().replace(" ", ".") + "@example.org"

    def send(self, path, action, **changes):
        status, headers, body = self.hall.ask("GET", path, None, self.cookie)
        return self.submit(body.decode(), action, **changes) if status == 200 else (status, headers.get("Location") or "", body.decode())

    def submit(self, html, action, **changes):
        form = next((fields for to, fields in Forms(html).found if to == action), None)
        if form is None:
            return 0, "", f"no form goes to {action}"
        fields = [field for field in form if field[0] not in changes] + list(changes.items())
        status, headers, body = self.hall.ask("POST", action, fields, self.cookie)
        kept = (headers.get("Set-Cookie") or "").split(";")[0]
        self.cookie = kept or self.cookie
        return status, headers.get("Location") or "", body.decode()

    def sign_up(self):
        self.send("/sign-up", "/sign-up", name=self.name, email=self.email, password=PASSWORD)

    def confirm(self):
        self.send(self.hall.mailed(self.email, "/confirm").removeprefix(self.hall.url), "/confirm")
        return self.sign_in()

    def sign_in(self):
        return self.send("/sign-in", "/sign-in", email=self.email, password=PASSWORD)[0] == 303

    def vote(self, ballot, choice):
        status, _, html = self.send(ballot, ballot, choice=choice)
        return status == 200 and self.submit(html, ballot, step="cast")[0] == 303


class Person:
    """Somebody with a browser of their own, who finds their way by the words on the page."""

    def __init__(self, stage, name):
        self.stage, self.hall, self.name = stage, stage.hall, name
        self.email = name.split()[0].lower() + "@example.org"
        self.browser = Browser().__enter__()
        self.browser.do("POST", "/window/rect", {"width": 1280, "height": 1000})
        self.browser.scripts(stage.scripts)
        self.files = self.hall.folder / f"files-{name.split()[0]}"
        self.files.mkdir()
        self.browser.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.files))

    def leave(self):
        self.browser.__exit__()

    def __getattr__(self, verb):
        return getattr(self.browser, verb)

    def turn(self, act, words):
        """Clicks, and waits for the page that follows."""
        self.browser.run("window.before = true")
        act(words)
        deadline = time.monotonic() + 20
        while not self.browser.run("return !window.before && document.readyState === 'complete'"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing follows {words} on {self.browser.path}")
            time.sleep(0.01)

    def press(self, words):
        self.turn(self.browser.press, words)

    def follow(self, words):
        self.turn(self.browser.follow, words)

    def reads(self, *words):
        """Whether all of these stand on the page, whatever the case it is set in."""
        text = self.browser.run("return document.body.innerText").replace("\u00a0", " ").casefold()
        missing = [word for word in words if word.casefold() not in text]
        return not missing

    def awaits(self, *words, seconds=30, itself=False):
        """Looks again until the page says so; or lets it follow by itself, as its script does."""
        deadline = time.monotonic() + seconds
        while not self.reads(*words):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.browser.path} never says {words}: {self.said()}")
            time.sleep(0.15)
            if not itself:
                self.browser.reload()
        return True

    def said(self):
        return " ".join(self.browser.run("return (document.querySelector('main') || document.body).innerText").split())[:700]

    def sign_up(self):
        """From the front page to a confirmed address, by the link in the mail."""
        self.open(self.hall.url)
        self.follow("Make an account")
        self.fill("Your name", self.name)
        self.fill("E-mail address", self.email)
        self.fill("Password", PASSWORD)
        self.stage.look(self, "make an account")
        self.press("Make my account")
        self.open(self.hall.mailed(self.email, "/confirm"))
        self.press("Confirm your address")
        self.sign_in()

    def sign_in(self):
        self.fill("E-mail address", self.email)
        self.fill("Password", PASSWORD)
        self.press("Sign in")

    def comes_back(self):
        """Opens the hall, as a bookmark would, and signs in where it has been too long."""
        self.open(self.hall.url)
        if self.reads("Sign in"):
            self.follow("Sign in")
            self.sign_in()
        else:
            self.follow("Waiting for me")

    def goes(self, *words):
        """One link after another."""
        for word in words:
            self.follow(word)


class Stage:
    """Counts, looks at pages, and keeps pictures of them."""

    def __init__(self, hall, axe, scripts, shots):
        self.hall, self.axe, self.scripts, self.shots = hall, axe, scripts, shots
        self.passed = self.failed = self.pictures = 0
        self.begun, self.known = time.monotonic(), []
        if shots:
            shots.mkdir(parents=True, exist_ok=True)

    def expect(self, right, words):
        self.passed, self.failed = self.passed + bool(right), self.failed + (not right)
        if not right:
            print(f"FAILED: {words}", flush=True)
        return right

    def step(self, words):
        print(f"{time.monotonic() - self.begun:5.1f} s  {words}", flush=True)

    def says(self, person, *words):
        self.expect(person.reads(*words), f"{person.browser.path} says {words}: {person.said()}")

    def look(self, person, name):
        """Whether the page breaks its own rules; a picture of it, narrow and wide. Each kind of page once."""
        browser = person.browser
        self.heard(person, name)
        if name in self.known:
            return
        self.known.append(name)
        wide = []
        for width in (320, 1280):
            browser.look(width)
            wide.append(browser.run("return document.documentElement.scrollWidth"))
            if self.shots:
                self.pictures += width == 320
                (self.shots / f"{self.pictures:02}-{name.replace(' ', '-')}-{width}.png").write_bytes(browser.picture(width, 6_000))
        self.expect(wide[0] <= 320, f"{name}: {wide[0]} px wide at 320")
        if self.axe and any(word in name for word in RARE):
            browser.run(self.axe + "; window.axe = window.axe || axe;")
            for scheme in ("light", "dark"):
                browser.look(1280, scheme)
                found = browser.run_async(AXE, TAGS)
                self.expect(not found, f"{name}, {scheme}: axe finds {found}")
            browser.logged()
        # Clicks land where they should only in the window as it is.
        browser.devtools("Emulation.clearDeviceMetricsOverride")

    def heard(self, person, name):
        """The console keeps silent, but for the answer to a refused form, which is its status."""
        faults = [entry["message"] for entry in person.browser.logged() if entry["level"] == "SEVERE" or "Content Security Policy" in entry["message"]]
        faults = [fault for fault in faults if "status of 422" not in fault]
        self.expect(not faults, f"{name}: the console says {faults[:2]}")


def jwcrypto_checks(hall, folder):
    """A stranger checks the licence in this folder with PyPI's jwcrypto and the key set alone."""
    words = [sys.executable, str(ROOT / "tests/outside/verify_licence.py"), folder / "licence.jwt", "--jwks", folder / "jwks.json", "--issuer", hall.url,
             "--manifest", folder / "manifest.json", "--files", folder, "--status", folder / "status.json", "--now", str(int(hall.now()))]
    return subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
