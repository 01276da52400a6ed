//! Sizes in bytes. A size that is not known is `None` wherever it stands, never zero.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Bytes {
    /// What the engine sent; negative numbers are its way to say "not computed".
    pub fn from_wire(size: i64) -> Option<Self> {
        u64::try_from(size).ok().map(Self)
    }

    /// The difference, or `None` where it would be negative.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self(0), Add::add)
    }
}

impl fmt::Display for Bytes {
    /// Decimal units, as the Docker CLI prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", bytesize::ByteSize::b(self.0).display().si())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_decimal_units() {
        assert_eq!(Bytes(0).to_string(), "0 B");
        assert_eq!(Bytes(124_800_000).to_string(), "124.8 MB");
        assert_eq!(Bytes(999).to_string(), "999 B");
    }

    #[test]
    fn a_negative_size_is_unknown() {
        assert_eq!(Bytes::from_wire(-1), None);
        assert_eq!(Bytes::from_wire(0), Some(Bytes(0)));
    }
}
