#!/usr/bin/env python3
"""Every page of the demonstration in Chromium, in light and dark: axe finds nothing against WCAG 2.2
AA, the content security policy is never violated, nothing scrolls sideways at 320 px, and a first
view is small.

    tests/browser/pages.py --binary target/debug/guildhall [--every-role] [--axe axe.min.js]

Without --every-role each kind of page is looked at once, as the first role that comes to it.
Ends with `N passed, N failed`.
"""
import argparse
import glob
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from browser import Browser  # noqa: E402
from demo import Demo, crawl, pattern  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_BYTES, MOST_REQUESTS = 170_000, 10
AXE = """const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, resultTypes: ['violations']})
  .then(found => done(found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | '))), broken => done(['axe broke: ' + broken]));"""
WEIGHT = """const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
return [all.reduce((sum, entry) => sum + entry.transferSize, 0), all.length]"""

passed = failed = 0


def expect(right, words):
    global passed, failed
    passed, failed = passed + bool(right), failed + (not right)
    if not right:
        print(f"FAILED: {words}", flush=True)


def axe_file(asked):
    found = [asked] if asked else sorted(glob.glob(str(ROOT / "target/outside/venv/lib/python3*/site-packages/axe_playwright_python/axe.min.js")))
    if not found or not Path(found[-1]).exists():
        raise SystemExit("axe.min.js is not here: bin/test installs it into target/outside/venv, or name it with --axe")
    return Path(found[-1]).read_text()


def look(browser, demo, axe, path, scheme, role):
    browser.look(1280, scheme)
    browser.open(demo.url + path)
    name = f"{path} as {role}, {scheme}"
    said = browser.logged()
    against = [entry["message"] for entry in said if "Content Security Policy" in entry["message"] or "Refused to" in entry["message"]]
    expect(not against, f"{name}: {against[:2]}")
    faults = [entry["message"] for entry in said if entry["level"] == "SEVERE" and entry["message"] not in against]
    expect(not faults, f"{name}: the console says {faults[:2]}")
    size, requests = browser.run(WEIGHT)
    expect(size <= MOST_BYTES and requests <= MOST_REQUESTS, f"{name}: first view of {size:,.0f} bytes in {requests} requests")
    browser.run(axe + "; window.axe = window.axe || axe;")
    found = browser.run_async(AXE, TAGS)
    expect(not found, f"{name}: axe finds {found}")
    browser.logged()
    if scheme == "light":
        browser.look(320)
        wide = browser.run("return document.documentElement.scrollWidth")
        expect(wide <= 320, f"{name}: {wide} px wide at 320")
    return size, requests


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default="target/debug/guildhall")
    options.add_argument("--axe")
    options.add_argument("--every-role", action="store_true")
    options.add_argument("--only", help="pages whose address contains this")
    asked = options.parse_args()
    axe = axe_file(asked.axe)
    started = time.monotonic()
    with Demo(asked.binary) as demo, Browser() as browser:
        print(f"the demonstration stands after {time.monotonic() - started:.0f} s; roles: {', '.join(demo.cookies)}", flush=True)
        browser.devtools("Network.enable")
        browser.devtools("Network.setCacheDisabled", cacheDisabled=True)
        kinds, heaviest, looked = set(), (0, 0, ""), 0
        for role in demo.cookies:
            pages, broken = crawl(demo, role)
            expect(not broken, f"{role} comes to pages that are not there: {broken[:5]}")
            fresh = [path for path in pages if asked.every_role or pattern(path) not in kinds]
            fresh = [path for n, path in enumerate(fresh) if asked.every_role or pattern(path) not in map(pattern, fresh[:n])]
            fresh = [path for path in fresh if not asked.only or asked.only in path]
            kinds.update(map(pattern, pages))
            browser.cookie(demo.url, demo.cookies[role])
            for path in fresh:
                for scheme in ("light", "dark"):
                    try:
                        weight = look(browser, demo, axe, path, scheme, role)
                    except RuntimeError as broken:
                        expect(False, f"{path} as {role}, {scheme}: {broken}")
                        continue
                    heaviest = max(heaviest, (*weight, path))
                looked += 1
            print(f"{role}: {len(pages)} pages by links, {len(fresh)} looked at in light and dark", flush=True)
        expect("panicked" not in demo.complaints() and " ERROR " not in demo.complaints(), f"the hall complained: {[line for line in demo.complaints().splitlines() if 'ERROR' in line][:3]}")
        print(f"{looked} pages of {len(kinds)} kinds in {time.monotonic() - started:.0f} s; the heaviest first view is {heaviest[2]} with {heaviest[0]:,.0f} bytes in {heaviest[1]} requests")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
