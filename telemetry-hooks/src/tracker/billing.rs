//! What a host says of how a model call is charged for.
//!
//! hermes-agent 0.19.0 says nothing in its hooks. Read is what OpenRouter puts into a usage (`cost`, `is_byok`,
//! `cost_details.upstream_inference_cost`), and hermes-agent's own words for money where it keeps any (`agent/usage_pricing.py`:
//! `actual_cost_usd`, `cost_status`). What the host has *estimated* is no report: we have rates of our own.

use telemetry_core::cost::NanoDollars;
use telemetry_core::event::Billing;
use telemetry_core::name::Name;

use crate::payload::{Payload, Value};

/// What the hook's payload says; `None`, and nothing allocated, when that is nothing.
pub(super) fn billing(payload: &dyn Payload) -> Option<Box<Billing>> {
    let (by_usage, tier_by_usage) =
        payload.map("usage", |usage| (charged(usage), tier(usage))).unwrap_or_default();
    let status = payload.text("cost_status", Status::of).unwrap_or(Status::Unsaid);
    let by_host = || match status {
        Status::Actual | Status::Unsaid => money(payload, "cost").or_else(|| money(payload, "cost_usd")),
        Status::Estimated | Status::Included => None,
    };
    let billing = Billing {
        reported: by_usage.or_else(|| money(payload, "actual_cost_usd")).or_else(by_host),
        service_tier: tier(payload).or(tier_by_usage),
        batch: payload.flag("batch") == Some(true),
        included: status == Status::Included,
    };
    (billing != Billing::default()).then(|| Box::new(billing))
}

/// How well the host knows its `cost`.
#[derive(Clone, Copy, PartialEq)]
enum Status {
    Actual,
    /// Or not at all.
    Estimated,
    /// A plan pays, so a cost of 0 is not the provider's word for what the call costs.
    Included,
    Unsaid,
}

impl Status {
    fn of(word: &str) -> Self {
        match word {
            "actual" => Status::Actual,
            "included" => Status::Included,
            _ => Status::Estimated,
        }
    }
}

/// What a usage says was charged. With a key of one's own OpenRouter's `cost` is its fee alone, and who is called by it
/// charges too.
fn charged(usage: &dyn Payload) -> Option<NanoDollars> {
    let cost = money(usage, "cost").or_else(|| money(usage, "cost_usd"))?;
    if usage.flag("is_byok") != Some(true) {
        return Some(cost);
    }
    let upstream =
        usage.map("cost_details", |details| money(details, "upstream_inference_cost")).flatten()?;
    cost.0.checked_add(upstream.0).map(NanoDollars)
}

fn tier(payload: &dyn Payload) -> Option<Name> {
    payload.text("service_tier", Name::intern)
}

/// An amount in dollars, by its shortest decimal digits: a float is not summed or scaled on the way.
fn money(payload: &dyn Payload, key: &str) -> Option<NanoDollars> {
    payload.read(key, |value| match value {
        Value::Int(dollars) => NanoDollars::from_dollars(&dollars.to_string()),
        Value::Float(dollars) => NanoDollars::from_dollars(&dollars.to_string()),
        Value::Str(dollars) => NanoDollars::from_dollars(dollars.trim()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn of(payload: Json) -> Option<Billing> {
        let Json::Object(payload) = payload else { panic!("an object") };
        billing(&payload).map(|billing| *billing)
    }

    fn reported(payload: Json) -> Option<i64> {
        of(payload).and_then(|billing| billing.reported).map(|money| money.0)
    }

    #[test]
    fn a_host_that_says_nothing_costs_nothing() {
        assert_eq!(of(json!({ "usage": { "input_tokens": 1 }, "model": "m" })), None);
        assert_eq!(of(json!({ "cost": null, "service_tier": "", "batch": false, "usage": null })), None);
    }

    #[test]
    fn what_the_provider_charged() {
        for (payload, nanos) in [
            (json!({ "usage": { "cost": 0.00014 } }), Some(140_000)),
            (json!({ "usage": { "cost": 0 } }), Some(0)),
            (json!({ "usage": { "cost": "1.2e-05" } }), Some(12_000)),
            (json!({ "usage": { "cost": 0.1 }, "cost": 7 }), Some(100_000_000)),
            (json!({ "cost": 0.25 }), Some(250_000_000)),
            (json!({ "cost_usd": "0.25", "cost_status": "actual" }), Some(250_000_000)),
            (
                json!({ "cost_usd": 0.25, "actual_cost_usd": 0.3, "cost_status": "estimated" }),
                Some(300_000_000),
            ),
        ] {
            assert_eq!(reported(payload.clone()), nanos, "{payload}");
        }
    }

    #[test]
    fn what_is_no_charge() {
        for payload in [
            json!({ "usage": { "cost": -1 } }),
            json!({ "usage": { "cost": "free" } }),
            json!({ "usage": { "cost": true } }),
            json!({ "usage": { "cost": 1e30 } }),
            json!({ "cost": { "total": 1 } }),
            json!({ "cost": 0.25, "cost_status": "estimated" }),
            json!({ "cost_usd": 0, "cost_status": "unknown" }),
            json!({ "cost_usd": 0, "cost_status": "included" }),
        ] {
            assert_eq!(reported(payload.clone()), None, "{payload}");
        }
    }

    /// The fee of who passes the call on is not what the call costs.
    #[test]
    fn with_a_key_of_ones_own_both_charge() {
        let usage =
            |details: Json| json!({ "usage": { "cost": 0.05, "is_byok": true, "cost_details": details } });
        assert_eq!(reported(usage(json!({ "upstream_inference_cost": 0.95 }))), Some(1_000_000_000));
        assert_eq!(reported(usage(json!({ "upstream_inference_cost": null }))), None);
        assert_eq!(reported(usage(Json::Null)), None);
    }

    #[test]
    fn terms_and_plans() {
        let said =
            of(json!({ "service_tier": "flex", "batch": "true", "usage": { "service_tier": "standard" } }));
        let tier = |word| Some(Name::new(word));
        assert_eq!(said, Some(Billing { service_tier: tier("flex"), batch: true, ..Billing::default() }));
        let said = of(json!({ "usage": { "service_tier": "priority" }, "cost_status": "included" }));
        assert_eq!(
            said,
            Some(Billing { service_tier: tier("priority"), included: true, ..Billing::default() })
        );
    }
}
