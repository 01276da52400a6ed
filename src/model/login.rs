//! What a person signs in to a registry with. Nothing here prints it.

use std::fmt;

use base64::Engine as _;
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

    /// Somebody else's words without what was told them: they may say it back.
    pub fn hide_in(&self, words: &str) -> String {
        let mut told = vec![self.secret().expose().to_owned()];
        if let Self::Password { user, password } = self {
            let both = format!("{user}:{}", password.expose());
            told.extend([BASE64_STANDARD.encode(&both), BASE64_URL_SAFE.encode(&both)]);
        }
        // One may be a part of another.
        told.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let told = told.iter().filter(|secret| !secret.is_empty());
        told.fold(words.to_owned(), |words, secret| words.replace(secret.as_str(), "…"))
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
    }
}
