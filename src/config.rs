//! Configuration: environment or `guildhall.toml`, the environment winning; every mistake is
//! reported at once and no secret is ever printed.

use crate::platform::db::is_loopback_or_local;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything the program is told from outside.
#[derive(Clone)]
pub struct Config {
    /// `sqlite:..` or `postgres://..`.
    pub database_url: String,
    /// `file:..`.
    pub storage_url: String,
    /// Where to listen.
    pub bind: SocketAddr,
    /// Where to serve `/metrics`; nowhere when unset.
    pub metrics_bind: Option<SocketAddr>,
    /// How the hall is reached from outside, without a trailing slash.
    pub public_url: String,
    /// Mail server; a folder when unset.
    pub smtp_url: Option<String>,
    /// Sender of mails.
    pub mail_from: String,
    /// Folder for mails when there is no server.
    pub mail_folder: PathBuf,
    /// The secret file.
    pub secret_file: PathBuf,
    /// How many proxies stand in front, whose X-Forwarded-For is believed.
    pub trusted_proxies: usize,
    /// `text` or `json`.
    pub log_format: String,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("bind", &self.bind).field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// The names that are read, in the environment and in the file.
const NAMES: [&str; 11] =
    ["DATABASE_URL", "STORAGE_URL", "BIND", "METRICS_BIND", "PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "MAIL_FOLDER", "SECRET_FILE", "TRUSTED_PROXIES", "LOG_FORMAT"];

impl Config {
    /// Reads `guildhall.toml` in this folder, if there, and the environment.
    ///
    /// # Errors
    /// Every mistake, one a line.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn load() -> Result<Self, String> {
        let file = std::fs::read_to_string("guildhall.toml").unwrap_or_default();
        let env = NAMES.iter().filter_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()).map(|value| ((*name).to_owned(), value)));
        Self::read(&file, env.collect())
    }

    /// Puts a configuration together from the file's text and the environment's values.
    ///
    /// # Errors
    /// Every mistake, one a line.
    pub fn read(file: &str, env: BTreeMap<String, String>) -> Result<Self, String> {
        let mut faults = Vec::new();
        let mut values = from_file(file, &mut faults);
        values.extend(env);
        let text = |name: &str, default: &str| values.get(name).cloned().unwrap_or_else(|| default.to_owned());
        let bind = address(&text("BIND", "127.0.0.1:8080"), "BIND", &mut faults);
        let metrics_bind = values.get("METRICS_BIND").and_then(|value| address(value, "METRICS_BIND", &mut faults));
        let local = bind.map_or_else(|| "http://127.0.0.1:8080".to_owned(), |bind| format!("http://{bind}"));
        let public_url = text("PUBLIC_URL", &local).trim_end_matches('/').to_owned();
        check_public_url(&public_url, &mut faults);
        let database_url = text("DATABASE_URL", "sqlite:data/guildhall.db");
        check_database_url(&database_url, &mut faults);
        let trusted_proxies = text("TRUSTED_PROXIES", "0").parse().unwrap_or_else(|_| {
            faults.push("TRUSTED_PROXIES must be a whole number, for example 1".to_owned());
            0
        });
        match (faults.is_empty(), bind) {
            (true, Some(bind)) => Ok(Self {
                database_url,
                storage_url: text("STORAGE_URL", "file:data/blobs"),
                bind,
                metrics_bind,
                public_url,
                smtp_url: values.get("SMTP_URL").cloned(),
                mail_from: text("MAIL_FROM", "Guildhall <hall@localhost>"),
                mail_folder: text("MAIL_FOLDER", "data/mail").into(),
                secret_file: text("SECRET_FILE", "data/secret").into(),
                trusted_proxies,
                log_format: text("LOG_FORMAT", "text"),
            }),
            _ => Err(faults.join("\n")),
        }
    }

    /// Whether the hall is reached over http on this machine only, so that cookies go without `Secure`.
    #[must_use]
    pub fn is_plain_http(&self) -> bool {
        self.public_url.starts_with("http://")
    }
}

fn from_file(file: &str, faults: &mut Vec<String>) -> BTreeMap<String, String> {
    let table: toml::Table = match file.parse() {
        Ok(table) => table,
        Err(cause) => {
            faults.push(format!("guildhall.toml cannot be read: {cause}"));
            return BTreeMap::new();
        }
    };
    let mut values = BTreeMap::new();
    for (name, value) in table {
        let name = name.to_uppercase();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if NAMES.contains(&name.as_str()) {
            values.insert(name, text);
        } else {
            faults.push(format!("guildhall.toml: {name} is not a setting; the settings are {}", NAMES.join(", ")));
        }
    }
    values
}

fn address(text: &str, name: &str, faults: &mut Vec<String>) -> Option<SocketAddr> {
    let parsed = text.parse();
    if parsed.is_err() {
        faults.push(format!("{name} must be an address and a port, for example 127.0.0.1:8080"));
    }
    parsed.ok()
}

fn check_public_url(url: &str, faults: &mut Vec<String>) {
    let host = url.strip_prefix("http://");
    let loopback = host.is_some_and(|host| host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]"));
    if !url.starts_with("https://") && !loopback {
        faults.push("PUBLIC_URL must begin with https:// (http:// only for an address on this machine)".to_owned());
    }
}

fn check_database_url(url: &str, faults: &mut Vec<String>) {
    let postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    if !postgres && !url.starts_with("sqlite:") {
        faults.push("DATABASE_URL must begin with sqlite: or postgres://".to_owned());
    } else if postgres && !is_loopback_or_local(url) {
        faults.push("DATABASE_URL names a PostgreSQL on another machine, and this build has no TLS: reach it through a tunnel or proxy on this machine".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_reported_at_once() {
        let env = BTreeMap::from([("BIND".to_owned(), "nowhere".to_owned()), ("PUBLIC_URL".to_owned(), "http://hall.example".to_owned())]);
        let faults = Config::read("colour = 1", env).unwrap_err();
        assert_eq!(faults.lines().count(), 3, "{faults}");
    }

    #[test]
    fn the_environment_wins_and_defaults_serve() {
        let config = Config::read("bind = \"127.0.0.1:1\"", BTreeMap::from([("BIND".to_owned(), "127.0.0.1:2".to_owned())])).unwrap();
        assert_eq!(config.public_url, "http://127.0.0.1:2");
        assert_eq!(config.database_url, "sqlite:data/guildhall.db");
        assert!(!format!("{config:?}").contains("sqlite"));
    }
}
