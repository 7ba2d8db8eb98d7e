//! The made-up work itself: service transcripts, code reviews and articles from a fixed seed, so that
//! the same demonstration holds the same words on every machine.

use serde_json::{Value, json};

/// A small generator of repeatable numbers (SplitMix64, Steele, Lea and Flood 2014); for made-up
/// words only, never for secrets.
pub struct Dice(u64);

impl Dice {
    /// From a fixed seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(sides.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// One of these.
    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let place = self.roll(from.len());
        from.get(place).copied().unwrap_or_default()
    }

    /// A person by place, the first ones more often: contributions are uneven.
    pub fn uneven(&mut self, people: usize) -> usize {
        let one = self.roll(people);
        one.min(self.roll(people))
    }
}

const TROUBLES: [&str; 10] = [
    "my internet drops every evening around eight",
    "the invoice lists a router I sent back in March",
    "I was charged twice for the same month",
    "the app says my card is blocked but the branch says it is not",
    "the parcel is marked as delivered and nobody has seen it",
    "I cannot move my number to the new phone",
    "the meter reading on the bill is not mine",
    "my booking shows the wrong date after your update",
    "the voucher code is refused at the last step",
    "the technician did not come for the second time",
];
const QUESTIONS: [&str; 8] = [
    "Which light on the box is red when it happens?",
    "Could you read me the last line of that letter?",
    "When did you first see it on your statement?",
    "Is the address on the label the one you live at now?",
    "Did you get a text message with a number of four digits?",
    "Have you tried it on another device since?",
    "Was anybody at home between two and five?",
    "Do you still have the receipt for the return?",
];
const ANSWERS: [&str; 8] = [
    "the second one from the left, and it blinks",
    "since about three weeks, I would say",
    "no, we moved in the spring",
    "yes, and I restarted it twice",
    "only the first time, not since",
    "my neighbour was here the whole day",
    "I have it right in front of me",
    "it says the same on the tablet",
];
const REPAIRS: [&str; 8] = [
    "I have set your line to the older profile, which holds better on long copper",
    "I have taken the amount off and you will see it on the next statement",
    "I have opened a search at the depot and asked them to call you tomorrow",
    "I have released the block and sent the form for the new signature",
    "I have put the date back and written down how it happened",
    "I have booked the first visit of Thursday and left the gate code in the note",
    "I have asked the other provider for the transfer again with today's date",
    "I have corrected the reading and the bill goes out anew",
];
const THANKS: [&str; 6] = ["That is all I wanted, thank you.", "You are the first who looked.", "Good. I will wait until Thursday.", "Then we leave it at that.", "Thank you for staying on the line.", "I hope it holds this time."];
const FUNCTIONS: [&str; 8] = ["parse_rate", "open_ledger", "merge_rolls", "freeze_corpus", "settle_ladder", "read_mapping", "next_number", "split_amount"];
const REMARKS: [&str; 8] = [
    "returns zero when the list is empty; should that not be a refusal?",
    "reads the clock inside the loop, so two rows of one act can differ",
    "takes a float here; the sum will drift by a cent within a year",
    "holds the lock while it waits for the disk",
    "treats a missing file like an empty one and hides the real fault",
    "sorts by arrival, which tells an onlooker who came first",
    "copies the whole table to count it",
    "has a test that cannot fail: both sides come from the same function",
];
const REPLIES: [&str; 6] = [
    "You are right. It refuses now and names what was expected.",
    "Changed to whole minor units, and a test over ten thousand runs.",
    "The instant is passed in from the transaction.",
    "I moved the wait out of the lock and measured it: 40 ms to 3.",
    "Sorted by digest now, with a line that says why.",
    "The test compares with a published value instead.",
];
const SUBJECTS: [&str; 8] = ["The night shift", "A wage slip, line by line", "What a headset hears", "The queue that never empties", "Ten years at the second line", "How a script is written", "The last branch in town", "Learning the product twice"];
const SENTENCES: [&str; 12] = [
    "Nobody had written down how the old system rounded, so the people who remembered became the manual.",
    "Between two calls there are eleven seconds, and most of what is known in the room is said in them.",
    "A good answer is usually a question that somebody asked first.",
    "The new tool proposes a sentence; whoever has heard the caller knows when to leave it unsaid.",
    "Every exception in the handbook is a person who once insisted.",
    "The count on the wall went up, and with it the number of callers who rang a second time.",
    "We kept a list of words that calm people, and a shorter one of words that never do.",
    "On paper the job takes six weeks to learn; by the second winter you begin to hear what is not said.",
    "The best colleague in the room has no title and the longest list of names to call.",
    "What looks like routine is a hundred small decisions that went right.",
    "When the line went down we learned how much of the work is memory.",
    "A record of work is also a record of whoever did it.",
];

/// Service transcripts as JSON lines: two people each, one of them a member behind a pseudonym.
pub fn transcripts(dice: &mut Dice, count: usize, agents: usize, start: i64) -> String {
    let lines = (0..count).map(|number| {
        let agent = dice.uneven(agents);
        let turn = |who: &str, text: String| json!({"who": who, "text": text});
        let mut turns = vec![turn("agent", "Good day, what can I do for you?".to_owned()), turn("caller", format!("It is about this: {}.", dice.pick(&TROUBLES)))];
        for _ in 0..=dice.roll(4) {
            turns.push(turn("agent", dice.pick(&QUESTIONS).to_owned()));
            turns.push(turn("caller", format!("Let me see, {}.", dice.pick(&ANSWERS))));
        }
        turns.push(turn("agent", format!("{}.", dice.pick(&REPAIRS))));
        turns.push(turn("caller", dice.pick(&THANKS).to_owned()));
        let second = if dice.roll(6) == 0 { format!("agent-{:02}", dice.uneven(agents)) } else { format!("agent-{agent:02}") };
        let at = start + i64::try_from(number).unwrap_or(0) * 2_700 + i64::try_from(dice.roll(900)).unwrap_or(0);
        json!({"call": format!("C{number:05}"), "at": at, "agent": format!("agent-{agent:02}"), "closed_by": second, "turns": turns})
    });
    jsonl(lines)
}

/// Code reviews as CSV: the author of the change and the reviewer share each.
pub fn reviews(dice: &mut Dice, count: usize, people: usize) -> String {
    let mut out = "change,author,reviewer,at,text\n".to_owned();
    for number in 0..count {
        let (author, reviewer) = (dice.uneven(people), dice.uneven(people));
        let reviewer = if reviewer == author { (reviewer + 1) % people.max(1) } else { reviewer };
        let month = 1 + dice.roll(9);
        let text = format!("Line {}: {} {} {}", 10 + dice.roll(900), dice.pick(&FUNCTIONS), dice.pick(&REMARKS), dice.pick(&REPLIES));
        out.push_str(&format!("R{number:04},agent-{author:02},agent-{reviewer:02},2026-{month:02}-11T10:00:00Z,\"{text}\"\n"));
    }
    out
}

/// Articles as JSON lines, one author each; some authors have not claimed their pen name.
pub fn articles(dice: &mut Dice, count: usize, people: usize) -> String {
    let lines = (0..count).map(|number| {
        let sentences = 6 + dice.roll(10);
        let text: Vec<&str> = (0..sentences).map(|_| dice.pick(&SENTENCES)).collect();
        let month = 1 + dice.roll(9);
        json!({"slug": format!("a-{number:03}"), "by": format!("agent-{:02}", dice.uneven(people)), "published": format!("2026-{month:02}-05T08:00:00Z"),
            "title": format!("{}, part {}", dice.pick(&SUBJECTS), number + 1), "text": text.join(" ")})
    });
    jsonl(lines)
}

fn jsonl(lines: impl Iterator<Item = Value>) -> String {
    lines.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let tell = || transcripts(&mut Dice::new(7), 20, 5, 0);
        assert_eq!(tell(), tell());
        assert_eq!(tell().lines().count(), 20);
        assert_ne!(tell(), transcripts(&mut Dice::new(8), 20, 5, 0));
    }
}
