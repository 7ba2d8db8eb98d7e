#!/usr/bin/env python3
"""The whole chain clicked through in Chromium, as tests/it/scenario_chain.rs tells it over HTTP: three
officers and a buyer, each in a browser of their own, go from an empty hall to statements that sum to
the receipt, by nothing but links, buttons and labelled fields. Nine more members join and vote.

    tests/browser/chain.py --binary target/debug/guildhall [--no-scripts] [--postgres URL] [--shots DIR]

--postgres names an empty database; --shots keeps a picture of every step at 320 and 1280 px. On every
page it looks at, axe finds nothing, nothing scrolls sideways, and the console keeps silent. One line a
step; ends with `N passed, N failed`.
"""
import argparse
import hashlib
import json
import re
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from pages import axe_file  # noqa: E402
from stage import PASSWORD, Fellow, Hall, Person, Stage, jwcrypto_checks  # noqa: E402

COOP = "Example Callworkers"
RECEIPT = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")


class Chain:
    def __init__(self, stage):
        self.stage, self.hall = stage, stage.hall
        self.ana, self.bea, self.cia, self.bo = (Person(stage, name) for name in ("Ana Ameling", "Bea Barasa", "Cia Castro", "Bo Buyer"))
        self.officers = [self.ana, self.bea, self.cia]
        self.fellows = [Fellow(self.hall, f"Member {name}") for name in "Dio Eva Fay Gil Hal Ida Jon Kai Lea".split()]

    def leave(self):
        for person in (*self.officers, self.bo):
            person.leave()

    def pass_by(self, **far):
        self.hall.pass_by(**far)
        for person in (*self.officers, self.bo):
            person.comes_back()

    def desk(self, person, words):
        """What waits for somebody on their first page."""
        person.follow("Waiting for me")
        person.awaits(words)
        person.follow(words)

    # 1. A cooperative and its members.

    def found(self):
        ana, stage = self.ana, self.stage
        ana.open(re.search(r"Set it up at (\S+)", self.hall.out.read_text()).group(1))
        stage.look(ana, "set up this hall")
        ana.fill("Your name", ana.name)
        ana.fill("E-mail address", ana.email)
        ana.fill("Password", PASSWORD)
        ana.press("Make my account")
        ana.fill("Name", COOP)
        ana.fill("What it is for", "To bargain as one.")
        ana.fill("Currency of the books", "EUR")
        ana.fill("Time zone", "Europe/Berlin")
        stage.look(ana, "found a cooperative")
        ana.press("Found it")
        stage.says(ana, COOP, "You are member number 1")
        stage.step("set up by the one-time link, and a cooperative founded")

    def join(self, person, officers):
        person.sign_up()
        person.goes("Cooperatives", COOP, "Ask to join")
        person.fill("What can you show?", "A payslip")
        person.fill("A few words about your work", "Second line, nights.")
        self.stage.look(person, "ask to join")
        person.press("Ask to join")
        for officer in officers:
            self.desk(officer, f"Look at the application of {person.name}")
            self.stage.look(officer, "who wants to join")
            officer.press(f"Admit {person.name}")
        person.follow("Waiting for me")
        person.follow(COOP)
        self.stage.says(person, "You are member number")

    def give(self, name, *offices):
        self.ana.goes("Waiting for me", COOP, "Members", name)
        for office in offices:
            self.ana.press(f"Give the office of {office}")
            self.stage.says(self.ana, f"{office}: held")
        self.stage.look(self.ana, "a member's card")

    def gather(self):
        self.join(self.bea, [self.ana])
        self.give(self.bea.name, "steward", "negotiator")
        self.join(self.cia, [self.ana, self.bea])
        self.give(self.cia.name, "treasurer")
        self.stage.step("Bea and Cia joined: two applications, each seen by the officers there were")
        for half in (self.fellows[:5], self.fellows[5:]):
            for fellow in half:
                fellow.sign_up()
            for fellow in half:
                self.stage.expect(fellow.confirm(), f"{fellow.name} confirms the address and signs in")
                sent = fellow.send("/c/example-callworkers/join", "/c/example-callworkers/join", note="Second line.")
                self.stage.expect(sent[0] == 303, f"{fellow.name} asks to join: {sent[0]}")
            self.pass_by(hours=1)
        for officer in (self.ana, self.bea):
            self.desk(officer, "Look at the application of")
            for fellow in self.fellows:
                officer.press(f"Admit {fellow.name}")
        self.stage.says(self.bea, "12 members", "Nobody is waiting")
        self.stage.step("nine more asked to join and were admitted by two")

    # 2. Work into the pool.

    def permit(self, person):
        person.goes("Waiting for me", COOP, "What my work may be used for")
        for kind in ("mandate", "consent"):
            person.press(f"Give {kind} for fine-tuning")
        self.stage.says(person, "given")
        self.stage.look(person, "what my work may be used for")

    def pool(self, person, number, records):
        file = self.hall.folder / f"calls-{number}.jsonl"
        file.write_text("".join(json.dumps({"id": f"{number}-{n}", "said": f"Case {n} of desk {number}: the caller was heard and the line repaired"}) + "\n" for n in range(records)))
        stage = self.stage
        person.goes("Pool", "Add records")
        person.fill("File", str(file))
        stage.look(person, "upload")
        person.press("Upload it")
        person.awaits("calls-")
        if not person.path.endswith("/mapping"):
            person.follow("Say where the facts stand")
        for label, words in (("Kind of work", "transcript"), ("Its key", "/id"), ("Language", "=en"), ("Contributor 1 stands at", "@me"), ("Text", "/said")):
            person.fill(label, words)
        stage.look(person, "mapping")
        person.press("Keep this mapping")
        stage.look(person, "a batch mapped")
        if not person.path.endswith("/basis"):
            person.follow("State the ground")
        person.tick("Consent of all contributors")
        stage.look(person, "basis")
        person.press("State this ground")
        stage.says(person, "Ready", "the caller was heard")
        stage.look(person, "a batch ready")
        person.press("Import it")
        stage.look(person, "importing")
        person.awaits("records added", itself=stage.scripts)
        stage.says(person, "to attest", str(records))
        stage.look(person, "imported")
        self.desk(self.ana, f"Screen batch no. {number}")
        self.ana.fill("What you looked at and what you found", "I read all of it; nobody is named.")
        self.ana.press("Attest this batch")
        stage.says(self.ana, "attested", "I read all of it")
        stage.step(f"{person.name} brought in {records} record(s): upload, mapping, ground, import, attested by Ana")

    def freeze(self):
        ana, stage = self.ana, self.stage
        ana.goes("Pool", "Corpora", "Select a corpus")
        ana.tick("transcript")
        ana.fill("Its name", "Calls")
        ana.fill("What it is", "Calls to a service desk.")
        stage.look(ana, "select a corpus")
        ana.press("Save this corpus")
        ana.tick("fine-tuning a model")
        ana.press("Freeze it as of now")
        stage.look(ana, "freezing")
        ana.awaits("frozen as of")
        stage.look(ana, "a revision")
        stage.says(ana, "Calls", "4")
        stage.step("a corpus selected and frozen")

    # 3. A buyer.

    def register(self):
        bo, stage = self.bo, self.stage
        bo.open(self.hall.url)
        bo.goes(COOP, "Catalogue", "Calls")
        stage.expect(not bo.reads("Bea Barasa"), "the public sees who made the corpus")
        stage.look(bo, "a data sheet")
        bo.follow("Ask for a licence")
        bo.follow("Make an account")
        bo.fill("Your name", bo.name)
        bo.fill("E-mail address", bo.email)
        bo.fill("Password", PASSWORD)
        bo.press("Make my account")
        bo.open(self.hall.mailed(bo.email, "/confirm"))
        bo.press("Confirm your address")
        bo.sign_in()
        bo.goes("Cooperatives", COOP, "Catalogue", "Calls", "Act for a buyer and ask for a licence", "Register an organisation")
        for label, words in (("Name of the organisation", "Acme Models"), ("Country", "DE"), ("Registration number", "HRB 7"), ("Kind of buyer", "commercial"),
                             ("What the organisation does", "Assistants for service desks.")):
            bo.fill(label, words)
        stage.look(bo, "register an organisation")
        bo.press("Register it")
        stage.says(bo, "Acme Models")
        stage.step("a buyer found the catalogue, made an account and registered")

    # 4. Votes.

    def draft(self, kind, title, text, *filled):
        ana = self.ana
        ana.goes("Waiting for me", COOP, "Proposals", "Propose something", kind)
        ana.fill("The question", title)
        ana.fill("The text", text)
        for label, words in filled:
            if label == "tick":
                ana.tick(words)
            else:
                ana.fill(label, words)
        self.stage.look(ana, f"draft {kind}")
        ana.press("Look at it as members will")
        self.stage.look(ana, f"preview {kind}")
        ana.press("Save the draft")
        self.notice(title)

    def notice(self, title):
        ana = self.ana
        ana.follow("Give notice")
        self.stage.look(ana, "notice form")
        if ana.reads("Your password"):
            ana.fill("Your password", PASSWORD)
        ana.press("Give notice to all members")
        ana.awaits("Voting opens", "You are on the roll")
        self.stage.look(ana, "noticed")
        self.stage.step(f"notice given: {title}")

    def cast(self, person, title, *choice):
        person.tick(*choice)
        self.stage.look(person, "ballot choose")
        person.press("Check my ballot")
        self.stage.says(person, "not recorded yet", *choice)
        self.stage.look(person, "ballot check")
        person.press("Cast my ballot")
        self.stage.says(person, "Your vote is recorded")
        receipt = RECEIPT.search(person.said())
        self.stage.look(person, "ballot receipt")
        self.stage.expect(receipt, f"a receipt for {title}: {person.said()}")
        return receipt and receipt.group()

    def vote(self, number, title, choices):
        """`choices` says what each of the twelve takes: a word of the label and, for fellows, its value."""
        receipts = []
        for person, (words, _) in zip(self.officers, choices):
            self.desk(person, f"Vote: {title}")
            receipts.append(self.cast(person, title, *words))
        for fellow, (_, value) in zip(self.fellows, choices[3:]):
            self.stage.expect(fellow.vote(f"/c/example-callworkers/proposals/{number}/ballot", value), f"{fellow.name} votes on {title}")
        return receipts

    def come_to_vote(self):
        self.pass_by(days=7, hours=1)
        for fellow in self.fellows:
            self.stage.expect(fellow.sign_in(), f"{fellow.name} signs in")

    def outcome(self, title, *words):
        ana = self.ana
        ana.goes("Waiting for me", COOP, "Proposals", title)
        ana.awaits(*words)
        self.stage.look(ana, "decided")
        self.stage.step(f"decided: {title} {ana.browser.run('return document.querySelector(`.lede`).innerText')}")

    def votes(self):
        stage, ana = self.stage, self.ana
        self.draft("Adopt terms", "On what terms?", "As we spoke of.", ("tick", "fine-tuning a model"), ("Territory", "WORLD"))
        self.draft("Set a floor", "What is the least?", "A record took an hour.", ("For which use", "fine-tuning"), ("For which buyers", "commercial"),
                   ("Counted", "per record"), ("Prices members choose from", "10\n20\n30"))
        self.draft("Adopt a split", "Who gets what?", "Costs, reserve, the rest by records.", ("Running costs", "10"), ("Strike and solidarity", "5"),
                   ("In equal parts", "40"), ("By records", "60"), ("By words", "0"))
        self.come_to_vote()
        yes, ten, twenty = (("Yes",), "1"), (("At least", "10"), "1"), (("At least", "20"), "2")
        self.vote(1, "On what terms?", [yes] * 12)
        # Seven want at least 20, five are content with 10; Bea first says 10 and then thinks better of it.
        first = self.vote(2, "What is the least?", [twenty, ten, ten, *[ten] * 4, *[twenty] * 5])[1]
        self.bea.follow("Change my vote")
        stage.look(self.bea, "ballot again")
        second = self.cast(self.bea, "What is the least?", "At least", "20")
        stage.expect(first != second, "a changed vote has a receipt of its own")
        self.vote(3, "Who gets what?", [yes] * 12)
        ana.follow("To the proposal")
        stage.says(ana, "12 of 12")
        stage.expect(not ana.reads("How members voted"), "no result before close")
        stage.step("twelve voted on three questions, and Bea changed her vote")
        self.pass_by(days=3, hours=1)
        self.outcome("On what terms?", "Enacted")
        self.outcome("What is the least?", "Enacted", "7 of 12", "20")
        ana.follow("The board: receipts and choices")
        stage.look(ana, "the board")
        stage.expect(ana.reads(second), f"Bea's receipt {second} is on the board")
        ana.follow("Tariff")
        stage.says(ana, "EUR 20")
        self.outcome("Who gets what?", "Enacted")

    # 5. A deal.

    def put(self, person, rate, refused=None):
        person.fill("Price for one unit", rate)
        person.fill("Counted", "per record")
        person.press("Put it on the table")
        if refused:
            self.stage.says(person, *refused)
            self.stage.expect(person.value("Price for one unit") == rate, "what was typed is kept")
            self.stage.look(person, "offer refused")

    def bargain(self):
        stage, bo, bea = self.stage, self.bo, self.bea
        bo.goes("Acme Models", "Find work to license", COOP, "Catalogue", "Calls", "Ask for a licence")
        bo.fill("What you want it for", "A support assistant.")
        for rate in ("19.99", "25"):
            bo.fill("Price for one unit", rate)
            bo.fill("Counted", "per record")
            bo.press("Ask for the licence")
            if rate == "19.99":
                stage.says(bo, "EUR 80.00", "79.96")
                stage.expect(bo.value("Price for one unit") == rate and bo.value("What you want it for") == "A support assistant.", "what was typed is kept")
                focused = bo.browser.run("return document.activeElement.id") == "problems"
                stage.expect(focused == stage.scripts, "scripts run where they are on, and only there")
                stage.look(bo, "request below the floor")
        stage.look(bo, "a deal asked for")
        self.desk(bea, "Answer Acme Models in negotiation")
        bea.follow("Answer with an offer")
        self.put(bea, "19", ("EUR 80.00",))
        self.put(bea, "40")
        stage.says(bea, "160.00")
        self.desk(bo, "Accept or counter the offer on the table")
        bo.follow("Counter it")
        stage.look(bo, "a counter-offer")
        self.put(bo, "30")
        self.desk(bea, "Answer Acme Models in negotiation")
        bea.follow("Answer with an offer")
        self.put(bea, "33.33")
        self.desk(bo, "Accept or counter the offer on the table")
        stage.look(bo, "a deal to accept")
        bo.follow("Accept version 4")
        for label, words in (("Your full name", "Bo Buyer"), ("Your office", "Director"), ("By what authority", "Sole signatory"), ("Your order number", "PO-77"), ("Your password", PASSWORD)):
            bo.fill(label, words)
        stage.look(bo, "accept step-up")
        bo.press("Accept version 4")
        stage.says(bo, "accepted", "Bo Buyer", "PO-77")
        stage.step("asked below the floor and refused with the numbers; offered, countered, accepted at EUR 133.32")
        self.desk(bea, "Put the offer Acme Models accepted to members")
        bea.follow("Put it to members")
        stage.look(bea, "put it to members")
        bea.press("Draft the proposal")
        title = bea.browser.run("return document.querySelector('h1').innerText")
        self.desk(self.ana, "Give notice of no. 4")
        self.notice(title)
        self.come_to_vote()
        yes, no = (("Yes",), "1"), (("No",), "2")
        self.vote(4, title[:20], [yes, no, *[yes] * 10])
        self.pass_by(days=3, hours=1)
        self.outcome(title[:20], "11 yes")
        self.pass_by(days=8)

    # 6. A licence, and what it opens.

    def license(self):
        stage, ana, bo = self.stage, self.ana, self.bo
        self.desk(ana, "Issue the licence agreed with Acme Models")
        ana.follow("Issue the licence")
        stage.look(ana, "issue step-up")
        ana.fill("Your password", PASSWORD)
        ana.press("Issue the licence")
        stage.says(ana, "licensed to Acme Models")
        stage.look(ana, "licence issued")
        ana.follow("Read the contract")
        stage.look(ana, "contract")
        bo.goes("Acme Models", "No. 1, Example Callworkers")
        if "/deals/" in bo.path:
            bo.follow("no. 1")
        stage.look(bo, "a licence as the buyer sees it")
        jwt = self.fetched(bo, "The signed licence", "licence.jwt").decode().strip()
        self.fetched(bo, "the hall's public keys", "jwks.json")
        self.fetched(bo, "Its status", "status.json")
        self.fetched(bo, "Its manifest", "manifest.json")
        bo.follow("Check a licence here")
        bo.fill("The licence", jwt)
        bo.press("Check it")
        stage.says(bo, "This licence holds", "Acme Models")
        stage.look(bo, "verified")
        bo.fill("The licence", jwt[:-8] + ("AAAAAAAA" if jwt[-8:] != "AAAAAAAA" else "BBBBBBBB"))
        bo.press("Check it")
        stage.says(bo, "Do not rely on this")
        stage.step("licence issued with the password, and checked on /verify; a forged one is not believed")

    def fetched(self, person, link, name):
        """The file behind a link, kept as a visitor without a session gets it."""
        found = person.browser.by_words(link, "a")
        address = person.browser.do("GET", f"/element/{found}/property/href")
        status, _, data = self.hall.ask("GET", address.removeprefix(self.hall.url))
        self.stage.expect(status == 200, f"{link}: {status} at {address}")
        (person.files / name).write_bytes(data)
        return data

    def deliver(self):
        stage, bo = self.stage, self.bo
        bo.goes("Acme Models", "No. 1, Example Callworkers")
        if "/deals/" in bo.path:
            bo.follow("no. 1")
        bo.follow("Fetch the files")
        bo.tick("one complete set of files")
        bo.fill("A name for it", "first fetch")
        stage.look(bo, "make a token")
        bo.press("Make the token")
        stage.says(bo, "Keep this token now", "ghd_")
        stage.look(bo, "token shown once")
        files = json.loads((bo.files / "manifest.json").read_text())["files"]
        stage.expect(len(files) >= 2, "the manifest names files in two formats")
        for file in files:
            bo.browser.press(f"Download {file['name']}")
            got = bo.files / file["name"]
            deadline = time.monotonic() + 20
            while not got.exists() and time.monotonic() < deadline:
                time.sleep(0.1)
            right = got.exists() and hashlib.sha256(got.read_bytes()).hexdigest() == file["sha256"]
            stage.expect(right, f"{file['name']} is what the manifest says")
        stage.expect(not bo.all("[aria-busy]"), "a button whose file has come is busy no more")
        bo.follow("I have kept it")
        stage.expect(not bo.reads("ghd_"), "the token is shown once")
        stage.look(bo, "tokens afterwards")
        told = jwcrypto_checks(self.hall, bo.files)
        held = told.stdout.count("holds ")
        stage.expect(told.returncode == 0 and held > 10, f"jwcrypto: {told.stdout}")
        stage.step(f"{len(files)} files downloaded, SHA-256 as in the manifest; jwcrypto holds {held} checks from the key set alone")

    def report(self):
        bo, stage = self.bo, self.stage
        bo.follow("Acme Models")
        bo.follow("No. 1, Example Callworkers")
        if "/deals/" in bo.path:
            bo.follow("no. 1")
        bo.follow("Report use")
        for label, words in (("First day", self.hall.day()), ("Last day", self.hall.day()), ("What the corpus was used for", "Fine-tuning, one run."), ("Which model", "Acme Assist 3")):
            bo.fill(label, words)
        stage.look(bo, "usage form")
        bo.press("Send the report")
        stage.says(bo, "Fine-tuning, one run.", "Acme Assist 3")
        stage.step("use reported")

    # 7. Money.

    def pay(self):
        stage, cia, ana = self.stage, self.cia, self.ana
        cia.goes("Waiting for me", COOP, "Books", "Receipts", "Record a payment")
        for label, words in (("Which licence", "Acme"), ("Amount in EUR", "133.32"), ("Reference", "ACME PO-77"), ("Day it arrived", self.hall.day())):
            cia.fill(label, words)
        stage.look(cia, "record a payment")
        cia.press("Check the payment")
        cia.fill("Your password", PASSWORD)
        stage.look(cia, "receipt step-up")
        cia.press("Record EUR 133.32")
        stage.look(cia, "receipt")
        cia.follow("Prepare the run")
        stage.look(cia, "prepare the run")
        cia.press("Propose this run")
        cia.awaits("You proposed this run")
        stage.expect(not cia.reads("Release EUR 133.32"), "who proposed a run cannot release it")
        stage.look(cia, "a run proposed")
        self.desk(ana, "Release")
        ana.awaits("Your password")
        ana.fill("Your password", PASSWORD)
        stage.look(ana, "run step-up")
        ana.press("Release EUR 133.32")
        ana.awaits("went")
        stage.step("payment recorded by Cia, who proposed the run; Ana released it")

    def statements(self):
        stage = self.stage
        parts = []
        for person, part in ((self.bea, "39.67"), (self.cia, "73.66")):
            person.goes("Waiting for me", COOP, "Books", "My earnings")
            person.awaits(part)
            stage.look(person, "my earnings")
            person.follow(part)
            stage.says(person, part, "133.32")
            stage.look(person, "statement")
            parts.append(int(re.search(r"EUR (\d+\.\d\d) of EUR 133\.32", person.said()).group(1).replace(".", "")))
        self.bo.goes("Acme Models", "Cooperatives", COOP, "Books")
        stage.says(self.bo, "133.32", "13.33", "6.66")
        stage.look(self.bo, "books")
        stage.expect(sum(parts) + 1333 + 666 == 13332, f"statements {parts}, costs and reserve sum to the receipt")
        stage.step(f"statements of {parts[0] / 100:.2f} and {parts[1] / 100:.2f}, costs 13.33 and reserve 6.66 sum to 133.32")

    def audit(self):
        time.sleep(2)
        told = self.hall.run("audit")
        self.stage.expect(told.returncode == 0, f"audit: {told.stdout[-2000:]}")
        self.stage.step("guildhall audit: " + " ".join(told.stdout.split())[-300:])

    def play(self):
        self.found()
        self.gather()
        for person in (self.bea, self.cia):
            self.permit(person)
        self.pool(self.bea, 1, 1)
        self.pool(self.cia, 2, 3)
        self.freeze()
        self.register()
        self.votes()
        self.bargain()
        self.license()
        self.deliver()
        self.report()
        self.pay()
        self.statements()
        self.audit()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", default="target/debug/guildhall")
    options.add_argument("--postgres", help="an empty database to play on; the embedded one otherwise")
    options.add_argument("--no-scripts", action="store_true")
    options.add_argument("--shots", type=Path)
    options.add_argument("--axe")
    asked = options.parse_args()
    axe = None if asked.no_scripts else axe_file(asked.axe)
    with tempfile.TemporaryDirectory() as folder, Hall(asked.binary, folder, asked.postgres) as hall:
        stage = Stage(hall, axe, not asked.no_scripts, asked.shots)
        chain = Chain(stage)
        try:
            chain.play()
        except Exception:  # one broken step ends the story, and the count says so
            traceback.print_exc()
            where = [f"{person.name} at {person.path}: {person.said()}" for person in (*chain.officers, chain.bo)]
            stage.expect(False, "the story breaks off; " + " // ".join(where))
        finally:
            chain.leave()
        complaints = [line for line in hall.log.read_text().splitlines() if "panicked" in line or " ERROR " in line]
        stage.expect(not complaints, f"the hall complained: {complaints[:3]}")
        print(f"{stage.passed} passed, {stage.failed} failed")
        return stage.failed > 0


if __name__ == "__main__":
    sys.exit(main())
