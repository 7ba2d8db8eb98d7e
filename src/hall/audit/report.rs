//! What an audit says.

use crate::kernel::text::thousands;
use crate::kernel::time::Timestamp;
use std::fmt;
use std::time::Duration;

/// One thing that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of what: an id, or a chain and height.
    pub id: String,
    /// What is wrong.
    pub words: String,
}

/// One invariant: how much was looked at and what was found.
#[derive(Clone, Debug)]
pub struct Check {
    /// `A1` to `A8`.
    pub name: &'static str,
    /// What it says.
    pub claim: &'static str,
    /// How much was looked at, in words.
    pub counts: Vec<(&'static str, i64)>,
    /// The first findings.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub found: i64,
    /// How long it took.
    pub millis: u64,
}

/// Findings kept in full; the rest are counted.
const KEPT: usize = 50;

impl Check {
    pub(super) fn new(name: &'static str, claim: &'static str) -> Self {
        Self { name, claim, counts: Vec::new(), findings: Vec::new(), found: 0, millis: 0 }
    }

    /// Adds to how much was looked at.
    pub(super) fn count(&mut self, what: &'static str, more: impl TryInto<i64>) {
        let more = more.try_into().unwrap_or(i64::MAX);
        match self.counts.iter_mut().find(|(name, _)| *name == what) {
            Some((_, sum)) => *sum = sum.saturating_add(more),
            None => self.counts.push((what, more)),
        }
    }

    /// Notes something wrong.
    pub(super) fn find(&mut self, id: impl fmt::Display, words: impl Into<String>) {
        self.found += 1;
        if self.findings.len() < KEPT {
            self.findings.push(Finding { id: id.to_string(), words: words.into() });
        }
    }

    /// Notes something wrong unless `right`.
    pub(super) fn expect(&mut self, right: bool, id: impl fmt::Display, words: &str) {
        if !right {
            self.find(id, words);
        }
    }

    pub(super) fn took(&mut self, time: Duration) {
        self.millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    }

    /// Whether nothing was found.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.found == 0
    }
}

/// All eight.
#[derive(Clone, Debug)]
pub struct Report {
    /// When it was made.
    pub at: Timestamp,
    /// In order.
    pub checks: Vec<Check>,
}

impl Report {
    /// How many findings there are.
    #[must_use]
    pub fn found(&self) -> i64 {
        self.checks.iter().map(|check| check.found).sum()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.checks.iter().all(Check::is_clean)
    }

    /// One check by its name.
    #[must_use]
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self.counts.iter().map(|(what, n)| format!("{} {what}", thousands(*n))).collect();
        let counts = if counts.is_empty() { "nothing to look at".to_owned() } else { counts.join(", ") };
        let verdict = if self.is_clean() { "in order".to_owned() } else { format!("{} FOUND", thousands(self.found)) };
        writeln!(f, "{}  {}: {}\n    {} in {} ms", self.name, verdict, self.claim, counts, thousands(i64::try_from(self.millis).unwrap_or(i64::MAX)))?;
        for finding in &self.findings {
            writeln!(f, "    - {}: {}", finding.id, finding.words)?;
        }
        let more = self.found - i64::try_from(self.findings.len()).unwrap_or(0);
        if more > 0 { writeln!(f, "    and {} more", thousands(more)) } else { Ok(()) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Audit at {}", self.at.iso())?;
        self.checks.iter().try_for_each(|check| write!(f, "{check}"))?;
        if self.is_clean() { writeln!(f, "Clean.") } else { writeln!(f, "Not clean: {} findings.", thousands(self.found())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_what_it_found_and_counts_the_rest() {
        let mut check = Check::new("A1", "sums are zero");
        check.count("transactions", 40);
        check.count("transactions", 2);
        (0..60).for_each(|n| check.find(n, "off by one"));
        let report = Report { at: Timestamp(0), checks: vec![check] };
        let text = report.to_string();
        assert!(text.contains("A1  60 FOUND") && text.contains("42 transactions") && text.contains("- 49: off by one") && text.contains("and 10 more"), "{text}");
        assert!(!report.is_clean() && report.found() == 60);
    }
}
