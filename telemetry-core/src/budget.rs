//! Budgets: how much may be spent in a day, a week or a month.
//!
//! Settings make them, the index says how far they are used up, and [`BudgetCrossed`](crate::event::BudgetCrossed) is what
//! is recorded of that.

use std::fmt;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::cost::NanoDollars;
use crate::ids::Key;
use crate::name::Name;

/// How much may be spent in each period, by everything or by what one model or one platform does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What its owner calls it, if anything.
    pub name: Option<Name>,
    /// In what time.
    pub per: Per,
    /// How much.
    pub limit: Limit,
    /// Only calls that asked for this model.
    pub model: Option<Name>,
    /// Only calls of runs on this platform, in the host's word.
    pub platform: Option<Name>,
}

/// The period after which a budget begins anew, in the owner's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Per {
    /// All of them, the shortest first.
    pub const ALL: [Per; 3] = [Per::Day, Per::Week, Per::Month];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Per::Day => "day",
            Per::Week => "week",
            Per::Month => "month",
        }
    }
}

/// How much may be spent. More than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Money.
    Usd(NanoDollars),
    /// Tokens of every kind: input, cache reads and writes, output.
    Tokens(i64),
}

impl Limit {
    /// As a whole number: nano-dollars or tokens.
    pub fn amount(self) -> i64 {
        match self {
            Limit::Usd(NanoDollars(nanos)) => nanos,
            Limit::Tokens(tokens) => tokens,
        }
    }

    /// What [`amount`](Self::amount) counts, as events say it.
    pub fn unit(self) -> &'static str {
        match self {
            Limit::Usd(_) => "usd_nanos",
            Limit::Tokens(_) => "tokens",
        }
    }
}

/// `5.00 USD` or `1000000 tokens`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Usd(dollars) => write!(f, "{dollars} USD"),
            Limit::Tokens(tokens) => write!(f, "{tokens} tokens"),
        }
    }
}

impl Budget {
    /// The natural key of what it limits: everything but its name, which may change and mean the same.
    pub fn key(&self) -> Key {
        let text = |part: &Option<Name>| part.as_ref().map(|name| format!("={name}")).unwrap_or_default();
        Key::new("budget")
            .text(self.per.as_str())
            .text(self.limit.unit())
            .text(&self.limit.amount().to_string())
            .text(&text(&self.model))
            .text(&text(&self.platform))
    }

    /// What its owner calls it, else what it says.
    pub fn title(&self) -> String {
        self.name.as_ref().map_or_else(|| self.to_string(), Name::to_string)
    }
}

/// `5.00 USD a day`, `1000000 tokens a month of gpt-5 on cli`.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} a {}", self.limit, self.per.as_str())?;
        if let Some(model) = &self.model {
            write!(f, " of {model}")?;
        }
        if let Some(platform) = &self.platform {
            write!(f, " on {platform}")?;
        }
        Ok(())
    }
}

/// As it would be written in the config, with what is not said left out.
impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = serializer.serialize_struct("Budget", 5)?;
        if let Some(name) = &self.name {
            written.serialize_field("name", name)?;
        }
        written.serialize_field("per", self.per.as_str())?;
        match self.limit {
            Limit::Usd(dollars) => written.serialize_field("usd", &(dollars.0 as f64 / 1e9))?,
            Limit::Tokens(tokens) => written.serialize_field("tokens", &tokens)?,
        }
        if let Some(model) = &self.model {
            written.serialize_field("model", model)?;
        }
        if let Some(platform) = &self.platform {
            written.serialize_field("platform", platform)?;
        }
        written.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(per: Per, limit: Limit, model: Option<&str>, platform: Option<&str>) -> Budget {
        Budget { name: None, per, limit, model: model.map(Name::new), platform: platform.map(Name::new) }
    }

    #[test]
    fn a_budget_says_what_it_is() {
        let dollars = Limit::Usd(NanoDollars(5_000_000_000));
        let all = budget(Per::Day, dollars, None, None);
        let of_one = budget(Per::Month, Limit::Tokens(1_000_000), Some("gpt-5"), Some("cli"));
        assert_eq!(all.title(), "5.00 USD a day");
        assert_eq!(of_one.title(), "1000000 tokens a month of gpt-5 on cli");
        let named = Budget { name: Some(Name::new("team")), ..of_one };
        assert_eq!(named.title(), "team");
        assert_eq!(
            serde_json::to_string(&[all, named]).unwrap(),
            r#"[{"per":"day","usd":5.0},{"name":"team","per":"month","tokens":1000000,"model":"gpt-5","platform":"cli"}]"#
        );
    }

    #[test]
    fn what_limits_the_same_has_the_same_key_and_nothing_else_has() {
        let dollars = Limit::Usd(NanoDollars(5));
        let all = [
            budget(Per::Day, dollars, None, None),
            budget(Per::Week, dollars, None, None),
            budget(Per::Day, Limit::Tokens(5), None, None),
            budget(Per::Day, Limit::Usd(NanoDollars(6)), None, None),
            budget(Per::Day, dollars, Some("a"), None),
            budget(Per::Day, dollars, None, Some("a")),
            budget(Per::Day, dollars, Some(""), None),
        ];
        let keys: std::collections::HashSet<u128> = all.iter().map(|budget| budget.key().wide()).collect();
        assert_eq!(keys.len(), all.len());
        let renamed = Budget { name: Some(Name::new("x")), ..all[0].clone() };
        assert_eq!(renamed.key().wide(), all[0].key().wide());
    }
}
