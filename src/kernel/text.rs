//! Text that people type, cleaned once at the door.

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefusal {
    /// Nothing was typed.
    #[error("Enter {0}.")]
    Missing(String),
    /// More characters than there is room for.
    #[error("{0} may be at most {1} characters long.")]
    TooLong(String, usize),
}

/// The text without control characters (new lines and tabs stay) and without outer white space.
/// NUL is refused by PostgreSQL and kept by SQLite, so it never gets that far.
#[must_use]
pub fn clean(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    kept.trim().to_owned()
}

/// The same in one line: every run of white space becomes one space.
#[must_use]
pub fn line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An e-mail address in the form in which it is compared: trimmed, lower case, one `@`, no spaces;
/// `None` when mail could not be sent to it.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"@<>()[],;:\\\"".contains(c));
    let fits = text.len() <= 254 && plain(local) && plain(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    fits.then_some(text)
}

/// A short name for addresses: lower-case letters and digits joined by single hyphens.
#[must_use]
pub fn slug(text: &str) -> String {
    let lowered = text.to_lowercase().replace(['\'', '\u{2019}'], "");
    let mut slug = String::new();
    for c in lowered.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(48);
    slug.trim_end_matches('-').to_owned()
}

/// Text as a value in an address: everything but letters, digits and `-_./` percent-encoded.
#[must_use]
pub fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_./".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// A whole number with a comma between thousands.
#[must_use]
pub fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if number < 0 { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        assert_eq!(email(" Ana@Example.ORG ").as_deref(), Some("ana@example.org"));
        for bad in ["", "ana", "a@b", "a b@c.de", "a@b@c.de", "a@.de", "a\r\nbcc:x@c.de", "<a@b.de>"] {
            assert_eq!(email(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_loses_what_no_database_should_hold() {
        assert_eq!(clean(" a\u{0}b\u{7}\nc "), "ab\nc");
        assert_eq!(line(" a \r\n b "), "a b");
        assert_eq!(slug("Example Callworkers\u{2019} Cooperative!"), "example-callworkers-cooperative");
        assert_eq!(thousands(-1_234_567), "-1,234,567");
    }
}
