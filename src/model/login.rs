//! What a person signs in to a registry with. Nothing here prints it.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

/// Text that must never be seen: it has no `Display`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// For the request that needs it, and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Takes this out of somebody's words, in whatever form it stands there.
    pub fn hide_in(&self, words: &str) -> String {
        if self.0.is_empty() {
            return words.to_owned();
        }
        self.hide_encoded_in(&words.replace(&self.0, "…"))
    }

    fn hide_encoded_in(&self, words: &str) -> String {
        if self.0.is_empty() {
            return words.to_owned();
        }
        let in_a_string = serde_json::Value::from(self.0.as_str()).to_string();
        let words = words.replace(in_a_string.trim_matches('"'), "…");
        let hides = |run: &str| is_encoded(run).any(|bytes| self.is_within(&bytes));
        let words = each_run(
            &words,
            |c| c.is_ascii_alphanumeric() || "%+-._~*".contains(c),
            |run| {
                let plus_is_space = percent_decoded(&run.replace('+', " "));
                let told = percent_decoded(run);
                // A header in an address is encoded twice.
                let mut runs = told.split(|c: char| !c.is_ascii_alphanumeric() && !"+/-_".contains(c));
                told.contains(&self.0)
                    || plus_is_space.contains(&self.0)
                    || (run.contains('%') && runs.any(hides))
            },
        );
        let words = each_run(&words, |c| c.is_ascii_alphanumeric() || "+/-_".contains(c), hides);
        // In a path, a run of these letters begins and ends with its part.
        each_run(&words, |c| c.is_ascii_alphanumeric() || "+-_".contains(c), hides)
    }

    fn is_within(&self, bytes: &[u8]) -> bool {
        let in_a_string = serde_json::Value::from(self.0.as_str()).to_string();
        let forms = [self.0.as_str(), in_a_string.trim_matches('"')];
        forms.iter().any(|form| memchr::memmem::find(bytes, form.as_bytes()).is_some())
    }
}

/// The words with `…` for each run of such letters that is to be hidden.
fn each_run(words: &str, is_in: impl Fn(char) -> bool, hidden: impl Fn(&str) -> bool) -> String {
    let mut told = String::with_capacity(words.len());
    let mut rest = words;
    while !rest.is_empty() {
        let (run, after) = rest.split_at(rest.find(|c| !is_in(c)).unwrap_or(rest.len()));
        told.push_str(if !run.is_empty() && hidden(run) { "…" } else { run });
        let next = after.chars().next().map_or(0, char::len_utf8);
        let (between, after) = after.split_at(next);
        told.push_str(between);
        rest = after;
    }
    told
}

/// What a run of letters stands for in base64, without regard to what it ends with.
fn is_encoded(run: &str) -> impl Iterator<Item = Vec<u8>> {
    // A run may have been cut off in the middle of a group.
    let whole = run.get(..run.len() - usize::from(run.len() % 4 == 1)).unwrap_or(run);
    [LENIENT, LENIENT_URL].into_iter().filter_map(move |engine| engine.decode(whole).ok())
}

const fn lenient() -> GeneralPurposeConfig {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    config.with_decode_padding_mode(DecodePaddingMode::Indifferent)
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, lenient());
const LENIENT_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, lenient());

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// How to sign in to one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    Password {
        user: String,
        password: Secret,
    },
    /// A token that other tokens are asked for with (OAuth's refresh token).
    IdentityToken(Secret),
}

impl Login {
    pub fn secret(&self) -> &Secret {
        match self {
            Self::Password { password, .. } => password,
            Self::IdentityToken(token) => token,
        }
    }

    /// Somebody else's words without what was told them: they may say it back, as it is or as it was sent.
    pub fn hide_in(&self, words: &str) -> String {
        let mut told = vec![self.secret().expose().to_owned()];
        if let Self::Password { user, password } = self {
            let both = format!("{user}:{}", password.expose());
            told.extend([BASE64_STANDARD.encode(&both), BASE64_URL_SAFE.encode(&both)]);
        }
        // One may be a part of another.
        told.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let told = told.iter().filter(|secret| !secret.is_empty());
        let words = told.fold(words.to_owned(), |words, secret| words.replace(secret.as_str(), "…"));
        self.secret().hide_encoded_in(&words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_does_not_print_what_it_holds() {
        let login =
            Login::Password { user: "somebody".to_owned(), password: Secret::new("hunter2".to_owned()) };
        assert!(!format!("{login:?}").contains("hunter2"));
    }

    #[test]
    fn what_somebody_says_back_is_hidden_in_every_form() {
        let login = Login::Password { user: "me".to_owned(), password: Secret::new("hunter2".to_owned()) };
        let said = "no hunter2, no bWU6aHVudGVyMg== for me";
        assert_eq!(login.hide_in(said), "no …, no … for me");
        let nothing = Login::IdentityToken(Secret::new(String::new()));
        assert_eq!(nothing.hide_in(said), said);
        let login =
            Login::Password { user: "me".to_owned(), password: Secret::new("a+b/c?1~\"é".to_owned()) };
        // Whole, in a path, in the header that an engine is sent, and as addresses and JSON have it.
        let header = BASE64_URL_SAFE.encode(r#"{"username":"me","password":"a+b/c?1~\"é"}"#);
        let alone = BASE64_STANDARD.encode("a+b/c?1~\"é");
        let twice = BASE64_STANDARD.encode("me:a+b/c?1~\"é");
        let twice = format!("Basic%20{}", twice.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"));
        assert!(twice.contains("%2B") || twice.contains("%2F") || twice.contains("%3D"), "{twice}");
        for form in [
            &*header,
            &alone,
            &twice,
            "a%2Bb%2Fc%3F1~%22%C3%A9",
            "a%2bb%2fc%3f1%7e%22%c3%a9",
            r#"a+b/c?1~\"é"#,
        ] {
            let told = login.hide_in(&format!("it was {form} for me"));
            assert!(told.starts_with("it was …") && told.ends_with(" for me"), "{form}: {told}");
            assert!(told.len() < 24, "{form}: {told}");
        }
    }
}
