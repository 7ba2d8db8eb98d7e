"""Chromium by WebDriver, spoken in plain Python: what bin/screenshots and the browser tests share."""
import base64
import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars"]
# Sums are kept on one line by spaces that do not break; people see spaces.
WORDS = "normalize-space(translate(., '\u00a0', ' '))"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def quoted(text):
    """A text as XPath writes one, which knows no escapes."""
    return "concat('" + text.replace("'", "', \"'\", '") + "', '')"


class Browser:
    """One fresh browser. Use as a context."""

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.profile = tempfile.mkdtemp()
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.call("GET", "/status")
                break
            except OSError:
                time.sleep(0.05)
        options = {"args": [*FLAGS, f"--user-data-dir={self.profile}"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", f"/session/{self.session}")
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            value = json.loads(answer.read())["value"]
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path.split('/', 3)[-1]}: {value.get('error')}: {value.get('message', '').splitlines()[0]}")
        return value

    def do(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def devtools(self, command, **parameters):
        return self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def cookie(self, url, value):
        """Takes `name=value` for this address, or drops all cookies."""
        self.devtools("Network.clearBrowserCookies")
        if value:
            name, value = value.split("=", 1)
            self.devtools("Network.setCookie", name=name, value=value, url=url, httpOnly=True)

    def look(self, width=1280, scheme="light", height=800):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def scripts(self, on):
        self.devtools("Emulation.setScriptExecutionDisabled", value=not on)

    def open(self, url):
        self.do("POST", "/url", {"url": url})

    @property
    def url(self):
        return self.do("GET", "/url")

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    def run(self, script, *arguments):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        return self.do("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def logged(self):
        """What the console said since the last look."""
        return [entry for entry in self.do("POST", "/se/log", {"type": "browser"})]

    def find(self, css):
        return self.do("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def all(self, css):
        return [found[ELEMENT] for found in self.do("POST", "/elements", {"using": "css selector", "value": css})]

    def by_text(self, text, tag="*"):
        return self.do("POST", "/element", {"using": "xpath", "value": f"//{tag}[contains({WORDS}, {quoted(text)})]"})[ELEMENT]

    def click(self, element):
        # The driver's own scrolling stops short where scripts are off.
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", {ELEMENT: element})
        self.do("POST", f"/element/{element}/click", {})

    def by_words(self, words, tag):
        """The element with exactly these words, or else the first that has them among others."""
        try:
            return self.do("POST", "/element", {"using": "xpath", "value": f"//{tag}[{WORDS} = {quoted(words)}]"})[ELEMENT]
        except RuntimeError:
            return self.by_text(words, tag)

    def press(self, text):
        """The button with this text."""
        self.click(self.by_words(text, "button"))

    def follow(self, text):
        """The link with this text."""
        self.click(self.by_words(text, "a"))

    def labelled(self, label):
        """The field whose label begins with these words."""
        found = self.do("POST", "/element", {"using": "xpath", "value": f"//label[@for][starts-with({WORDS}, {quoted(label)})]"})[ELEMENT]
        return self.find(f'[id="{self.do("GET", f"/element/{found}/attribute/for")}"]')

    def fill(self, label, text):
        """Types into the field of this label anew, or picks the option with these words from its list."""
        field = self.labelled(label)
        if self.do("GET", f"/element/{field}/name") == "select":
            option = f".//option[contains({WORDS}, {quoted(text)})]"
            return self.click(self.do("POST", f"/element/{field}/element", {"using": "xpath", "value": option})[ELEMENT])
        if self.do("GET", f"/element/{field}/property/type") != "file":
            self.do("POST", f"/element/{field}/clear", {})
        if len(text) > 200:
            # Nobody types this: it is pasted.
            self.click(field)
            return self.devtools("Input.insertText", text=text)
        self.do("POST", f"/element/{field}/value", {"text": text})

    def tick(self, *words):
        """Takes the first choice or tick that has all these words."""
        having = "".join(f"[contains({WORDS}, {quoted(word)})]" for word in words)
        choice = self.do("POST", "/element", {"using": "xpath", "value": f"//label[contains(@class, 'choice')]{having}"})[ELEMENT]
        field = self.do("POST", f"/element/{choice}/element", {"using": "css selector", "value": "input"})[ELEMENT]
        if not self.do("GET", f"/element/{field}/selected"):
            self.click(choice)

    def value(self, label):
        """What stands in the field of this label."""
        return self.do("GET", f"/element/{self.labelled(label)}/property/value")

    def reload(self):
        self.do("POST", "/refresh", {})

    def type(self, name, text):
        """Fills the field of this name anew."""
        field = self.find(f'[name="{name}"]')
        self.do("POST", f"/element/{field}/clear", {})
        self.do("POST", f"/element/{field}/value", {"text": text})

    def choose(self, name, value):
        """Takes a radio button, a tick, or an option of a list."""
        kind = self.do("GET", f"/element/{self.find(f'[name={json.dumps(name)}]')}/name")
        if kind == "select":
            self.click(self.find(f"[name={json.dumps(name)}] option[value={json.dumps(value)}]"))
        else:
            field = self.find(f"[name={json.dumps(name)}][value={json.dumps(value)}]")
            if not self.do("GET", f"/element/{field}/selected"):
                self.click(field)

    def text(self):
        return self.do("GET", f"/element/{self.find('body')}/text")

    def picture(self, width, height=4000):
        size = self.run("return document.documentElement.scrollHeight")
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, clip={"x": 0, "y": 0, "width": width, "height": min(size, height), "scale": 1})
        return base64.b64decode(shot["data"])
