//! How many of something there must be: `">= 2"`, `"== 3"`, `"< 4"` or a plain number.

use toml::de::DeValue;

use crate::lab::toml_text::{At, Fields, integer};

/// How many there must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    least: u64,
    most: u64,
}

impl Count {
    /// One or more.
    pub(super) const SOME: Self = Self {
        least: 1,
        most: u64::MAX,
    };

    /// Reads a key.
    pub(super) fn read(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<At<Self>> {
        let (value, offset) = fields.value(key)?;
        let count = match value {
            DeValue::String(text) => Self::parse(text),
            number => integer(number).and_then(|n| Self::parse(&n.to_string())),
        };
        if count.is_none() {
            let hint = format!("Write `{key} = \">= 2\"`.");
            fields.fault(offset, "This is no count.", hint);
        }
        count.map(|value| At { value, offset })
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| c.is_ascii_digit())?;
        let (order, number) = text.split_at(digits);
        let number: u64 = number.trim().parse().ok()?;
        let (least, most) = match order.trim() {
            ">=" => (number, u64::MAX),
            ">" => (number.checked_add(1)?, u64::MAX),
            "==" | "" => (number, number),
            "<=" => (0, number),
            "<" => (0, number.checked_sub(1)?),
            _ => return None,
        };
        Some(Self { least, most })
    }

    /// Whether so many are right.
    pub(super) fn holds(self, count: u64) -> bool {
        (self.least..=self.most).contains(&count)
    }
}
