//! What a person signs in to a registry with. Nothing here prints it.

use std::fmt;

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
}
