//! The report of an import as a file.

use super::store::Finding;

/// The heads of the report's columns.
const HEADS: &str = "line,finding,record,reason\r\n";

/// Findings as CSV (RFC 4180); with its head where it begins.
#[must_use]
pub fn findings_csv(findings: &[Finding], begins: bool) -> String {
    let mut out = if begins { HEADS.to_owned() } else { String::new() };
    for finding in findings {
        let cells = [finding.line.to_string(), finding.finding.phrase().to_owned(), cell(&finding.key), cell(&finding.reason)];
        out += &cells.join(",");
        out += "\r\n";
    }
    out
}

/// A cell that no spreadsheet runs: what begins like a formula gets an apostrophe.
fn cell(text: &str) -> String {
    let opens = text.chars().next().is_some_and(|c| "=+-@\t\r\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
    let text = if opens { format!("'{text}") } else { text.to_owned() };
    format!("\"{}\"", text.replace('"', "\"\"").replace(['\r', '\n'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::records::rules::FindingKind;

    #[test]
    fn the_report_is_csv_that_no_spreadsheet_runs() {
        let finding = Finding { line: 7, finding: FindingKind::Refused, key: "=HYPERLINK(\"x\")".into(), reason: "not \"JSON\"\nat all".into() };
        assert_eq!(findings_csv(&[finding], true), "line,finding,record,reason\r\n7,refused,\"'=HYPERLINK(\"\"x\"\")\",\"not \"\"JSON\"\" at all\"\r\n");
        assert_eq!(findings_csv(&[], false), "");
    }
}
