use super::super::claims::{Agreed, Bound, Corpus, JournalHead, Licensee, Licensor, Ratified, Total};
use super::*;
use crate::kernel::ids::Id;
use crate::kernel::money::{Currency, Rate};
use crate::kernel::terms::{BuyerClass, Price, Quantities, TermSheet, Use};
use crate::licensing::keys::rules::{Jwk, coordinates};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

const HALL: &str = "https://hall.example";
const NOW: Timestamp = Timestamp(1_772_442_000_000_000);

fn id<T: Id>(n: u8) -> T {
    T::parse(&format!("0190a0b0-0000-7000-8000-0000000000{n:02x}")).unwrap()
}

fn claims() -> Claims {
    let euro = Currency::parse("EUR").unwrap();
    let mut terms = TermSheet::strictest(BuyerClass::Commercial);
    terms.price = Some(Price { currency: euro.clone(), unit: Unit::Flat, rate: Rate(9_000_000_000) });
    terms.law = "K\u{f6}ln".to_owned();
    let jti = id(1);
    Claims {
        iss: HALL.to_owned(),
        sub: format!("urn:uuid:{}", id::<crate::kernel::ids::BuyerId>(2)),
        aud: AUDIENCE.to_owned(),
        iat: NOW.seconds() - 60,
        nbf: NOW.seconds() - 60,
        exp: NOW.seconds() + 86_400,
        status: format!("{HALL}/licences/{jti}/status"),
        jti,
        number: 4,
        licensor: Licensor { id: id(3), name: "Callworkers".into(), page: format!("{HALL}/c/callworkers") },
        licensee: Licensee { id: id(2), name: "Acme".into(), country: "DE".into(), registration: "HRB 1".into(), class: BuyerClass::Commercial },
        corpus: Corpus {
            name: "Calls".into(),
            slug: "calls".into(),
            revision: 1,
            id: id(4),
            root: Digest::of(b"root"),
            manifest: Digest::of(b"manifest"),
            holds: Quantities { records: 60, words: 600, bytes: 6_000 },
        },
        terms_hash: Digest::of_json(&terms).unwrap(),
        terms,
        total: Total { minor: 9_000, currency: euro.clone() },
        agreed: Agreed { negotiation: id(5), deal: 1, offer: id(6), version: 2, accepted_text: Digest::of(b"text") },
        ratified: Ratified {
            proposal: id(7),
            number: 9,
            matter: Digest::of(b"matter"),
            notice: Digest::of(b"notice"),
            ballots: Digest::of(b"ballots"),
            record: Digest::of(b"record"),
            closed: NOW.seconds() - 900_000,
        },
        floors: vec![Bound {
            floor: id(8),
            purpose: Use::Evaluate,
            class: BuyerClass::Commercial,
            unit: Unit::Record,
            currency: euro,
            rate: Rate(150_000_000),
            number: 2,
            since: NOW.seconds() - 9_000_000,
            least: 9_000,
        }],
        journal: JournalHead { height: 41, hash: Digest::of(b"head") },
    }
}

struct Press {
    key: SigningKey,
    set: KeySet,
    kid: String,
}

impl Press {
    fn new(seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let jwk = Jwk::of(&coordinates(key.verifying_key().as_bytes()), None);
        Self { key, kid: jwk.kid.clone(), set: KeySet { keys: vec![jwk] } }
    }

    fn head(&self) -> Value {
        json!({ "typ": MEDIA_TYPE, "alg": "EdDSA", "kid": self.kid })
    }

    fn press(&self, head: &Value, body: &Value) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(body.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()).to_bytes());
        format!("{message}.{signature}")
    }

    fn good(&self) -> String {
        self.press(&self.head(), &serde_json::to_value(claims()).unwrap())
    }

    /// A good header over claims with one thing changed.
    fn but(&self, change: impl Fn(&mut Claims)) -> String {
        let mut changed = claims();
        change(&mut changed);
        self.press(&self.head(), &serde_json::to_value(changed).unwrap())
    }

    /// Good claims under a header with one thing changed.
    fn under(&self, change: Value) -> String {
        let mut head = self.head();
        for (name, value) in change.as_object().unwrap() {
            head[name] = value.clone();
        }
        self.press(&head, &serde_json::to_value(claims()).unwrap())
    }
}

fn check(press: &Press, token: &str) -> Report {
    examine(token, &press.set, Some(HALL), NOW)
}

fn fails(press: &Press, token: &str) -> &'static str {
    let report = check(press, token);
    assert!(!report.holds());
    report.failure().map_or("nothing", |check| check.name)
}

#[test]
fn a_good_licence_holds_in_every_check_but_its_status() {
    let press = Press::new(1);
    let report = check(&press, &format!("  {}\n", press.good()));
    assert!(report.holds(), "{:?}", report.checks);
    assert_eq!(report.claims, Some(claims()));
    let open: Vec<_> = report.checks.iter().filter(|check| check.outcome == Outcome::Open).map(|check| check.name).collect();
    assert_eq!(open, ["Status"]);
    assert_eq!(examine(&press.good(), &press.set, None, NOW).checks[5].outcome, Outcome::Open, "no issuer asked for");
}

#[test]
fn alg_none_is_refused() {
    let press = Press::new(1);
    for alg in ["none", "None", "NONE"] {
        let token = press.under(json!({ "alg": alg }));
        let bare = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert_eq!(fails(&press, &token), "Header", "{alg}");
        assert_eq!(fails(&press, &bare), "Form", "{alg} without a signature");
    }
}

#[test]
fn hs256_with_the_public_key_as_secret_is_refused() {
    let press = Press::new(1);
    let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
    header.typ = Some(MEDIA_TYPE.to_owned());
    header.kid = Some(press.kid.clone());
    let public = URL_SAFE_NO_PAD.decode(&press.set.keys[0].x).unwrap();
    for secret in [public.as_slice(), press.set.keys[0].x.as_bytes()] {
        let token = jsonwebtoken::encode(&header, &claims(), &jsonwebtoken::EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(fails(&press, &token), "Header");
    }
}

#[test]
fn other_algorithms_are_refused() {
    let press = Press::new(1);
    for alg in ["HS512", "RS256", "ES256", "PS256", "eddsa", ""] {
        assert_eq!(fails(&press, &press.under(json!({ "alg": alg }))), "Header", "{alg}");
    }
}

#[test]
fn a_key_the_token_brings_along_is_refused() {
    let (press, forger) = (Press::new(1), Press::new(2));
    let jwk = serde_json::to_value(&forger.set.keys[0]).unwrap();
    for head in [json!({ "jwk": jwk }), json!({ "jku": "https://evil.example/jwks.json" }), json!({ "x5u": "https://evil.example/c.pem" }), json!({ "x5c": ["AA"] })] {
        assert_eq!(fails(&press, &forger.under(head)), "Header");
    }
}

#[test]
fn an_unknown_or_missing_key_name_is_refused() {
    let (press, forger) = (Press::new(1), Press::new(2));
    assert_eq!(fails(&press, &forger.good()), "Key");
    assert_eq!(fails(&press, &press.under(json!({ "kid": "" }))), "Key");
    assert_eq!(fails(&press, &press.under(json!({ "kid": "../../etc/passwd" }))), "Key");
    assert_eq!(fails(&press, &press.under(json!({ "kid": null }))), "Header");
}

#[test]
fn another_key_under_a_known_name_is_refused() {
    let (press, forger) = (Press::new(1), Press::new(2));
    assert_eq!(fails(&press, &forger.under(json!({ "kid": press.kid }))), "Signature");
}

#[test]
fn critical_and_unknown_header_fields_are_refused() {
    let press = Press::new(1);
    for head in [json!({ "crit": ["exp"] }), json!({ "b64": false }), json!({ "zip": "DEF" }), json!({ "typ": "JWT" }), json!({ "typ": null })] {
        assert_eq!(fails(&press, &press.under(head)), "Header");
    }
}

#[test]
fn a_changed_character_anywhere_is_refused() {
    let press = Press::new(1);
    let good = press.good();
    for place in (0..good.len()).step_by(7) {
        let mut changed = good.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(changed == good || !check(&press, &changed).holds(), "character {place}");
    }
}

#[test]
fn a_malleable_or_cut_signature_is_refused() {
    let press = Press::new(1);
    let good = press.good();
    assert_eq!(fails(&press, good.strip_suffix(good.chars().last().unwrap()).unwrap()), "Signature");
    assert_eq!(fails(&press, &format!("{good}A")), "Signature");
    assert_eq!(fails(&press, &format!("{good}==")), "Signature", "padding is another writing of the same bytes");
    // s + l: the same signature in another writing (RFC 8032 section 5.1.7 asks for s < l).
    let (message, signature) = good.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let order = crate::kernel::digest::unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
    let mut carry = 0_u16;
    for (byte, add) in bytes[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = (sum & 255) as u8;
        carry = sum >> 8;
    }
    assert_eq!(fails(&press, &format!("{message}.{}", URL_SAFE_NO_PAD.encode(bytes))), "Signature");
}

#[test]
fn an_ended_a_future_and_a_backwards_term_are_refused() {
    let press = Press::new(1);
    assert_eq!(fails(&press, &press.but(|c| c.exp = NOW.seconds())), "Term");
    assert_eq!(fails(&press, &press.but(|c| c.nbf = NOW.seconds() + 1)), "Term");
    assert_eq!(fails(&press, &press.but(|c| c.exp = c.nbf - 1)), "Term");
    assert_eq!(fails(&press, &press.but(|c| c.exp = i64::MIN)), "Term");
    assert!(check(&press, &press.but(|c| c.exp = i64::MAX)).holds());
}

#[test]
fn another_issuer_is_refused() {
    let press = Press::new(1);
    for issuer in ["https://hall.example/", "https://hall.example.evil.example", "http://hall.example", ""] {
        assert_eq!(fails(&press, &press.but(|c| c.iss = issuer.to_owned())), "Issuer", "{issuer}");
    }
}

#[test]
fn another_audience_is_refused() {
    let press = Press::new(1);
    assert_eq!(fails(&press, &press.but(|c| c.aud = "guildhall:receipt:1".to_owned())), "Audience");
    let mut body = serde_json::to_value(claims()).unwrap();
    body["aud"] = json!([AUDIENCE, "other"]);
    assert_eq!(fails(&press, &press.press(&press.head(), &body)), "Content", "a list of audiences is no licence's");
}

#[test]
fn claims_that_are_missing_or_more_are_refused() {
    let press = Press::new(1);
    for name in ["iss", "sub", "aud", "iat", "nbf", "exp", "jti", "terms", "floors", "ratified", "journal"] {
        let mut body = serde_json::to_value(claims()).unwrap();
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(fails(&press, &press.press(&press.head(), &body)), "Content", "{name}");
    }
    let mut body = serde_json::to_value(claims()).unwrap();
    body["admin"] = json!(true);
    assert_eq!(fails(&press, &press.press(&press.head(), &body)), "Content");
    body.as_object_mut().unwrap().remove("admin");
    body["exp"] = json!("never");
    assert_eq!(fails(&press, &press.press(&press.head(), &body)), "Content");
}

#[test]
fn a_claim_said_twice_is_refused() {
    let press = Press::new(1);
    let body = serde_json::to_string(&claims()).unwrap().replacen("{\"iss\"", "{\"exp\":1,\"iss\"", 1);
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(press.head().to_string()), URL_SAFE_NO_PAD.encode(body));
    let signature = URL_SAFE_NO_PAD.encode(press.key.sign(message.as_bytes()).to_bytes());
    assert_eq!(fails(&press, &format!("{message}.{signature}")), "Content");
}

#[test]
fn a_licence_signed_after_its_key_was_retired_is_refused() {
    let mut press = Press::new(1);
    press.set.keys[0].retired = Some(NOW.seconds() - 61);
    assert_eq!(fails(&press, &press.good()), "Key in use");
    press.set.keys[0].retired = Some(NOW.seconds());
    assert!(check(&press, &press.good()).holds(), "what it signed before stays good");
}

#[test]
fn terms_that_do_not_hash_to_their_digest_are_refused() {
    let press = Press::new(1);
    assert_eq!(fails(&press, &press.but(|c| c.terms.months = 999)), "Terms");
}

#[test]
fn a_price_below_a_floor_is_refused_even_when_signed() {
    let press = Press::new(1);
    assert_eq!(fails(&press, &press.but(|c| c.total.minor = 8_999)), "Price");
    assert_eq!(fails(&press, &press.but(|c| c.floors[0].least = 1)), "Price", "the least is computed again");
    assert_eq!(fails(&press, &press.but(|c| c.floors.clear())), "Price");
    assert_eq!(fails(&press, &press.but(|c| c.floors[0].purpose = Use::Search)), "Price", "a use without a floor");
    assert_eq!(fails(&press, &press.but(|c| c.floors[0].currency = Currency::parse("KES").unwrap())), "Price");
}

#[test]
fn what_is_no_token_at_all_is_refused() {
    let press = Press::new(1);
    for text in ["", "a", "a.b", "a.b.c.d", "..", "\u{e9}.b.c", "eyJ.eyJ."] {
        assert!(!check(&press, text).holds(), "{text}");
    }
    assert_eq!(fails(&press, &"a.".repeat(40_000)), "Form");
}
