//! What calls cost, by price lists read by a person and arithmetic of our own: rates in dollars for a million tokens, as
//! the providers' pages had them in 2026, in whole units of 10^-16 dollars; one rounding at the end, a half to the even
//! neighbour.

use super::story::{Answer, Usage};
use super::zone::{DAY, HOUR, moment};

/// Rates in dollars a million: input, output, cache read, cache write, cache write for an hour. `-` is none.
type Rates = [&'static str; 5];

/// Who answers calls, and at what price.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// The model's name, if the host says.
    pub model: Option<&'static str>,
    /// The provider, in the host's words.
    pub provider: Option<&'static str>,
    /// Where it is.
    pub url: &'static str,
    /// The list it is on.
    pub list: List,
}

/// A price list.
#[derive(Debug, Clone, Copy)]
pub enum List {
    /// Nobody knows.
    None,
    /// A plan pays; these rates are what it would cost.
    Plan(&'static [(u64, Rates)]),
    /// By size of the prompt: from more tokens than the number on.
    Sized(&'static [(u64, Rates)]),
    /// Before a moment and from it on.
    Dated(Moment, &'static [(u64, Rates)], &'static [(u64, Rates)]),
    /// DeepSeek's: by date, and dearer at some hours of the day.
    Hours(Moment, Rates, Rates, Rates),
    /// Somebody's own rates, the last one in dollars for a call.
    Own(Rates, &'static str),
}

/// Year, month, day: its midnight in UTC.
type Moment = (i64, i64, i64);

/// What a call costs, in nano-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// The provider said so.
    Actual(i64),
    /// Tokens times rates.
    Estimated(i64),
    /// Nothing: a plan pays. It would be this, if all of it has a price.
    Included(Option<i64>),
    /// Not known; this part of it is.
    Unknown(Option<i64>),
}

const GPT_5_5: &[(u64, Rates)] = &[(0, ["5", "30", "0.5", "-", "-"]), (272_000, ["10", "45", "1", "-", "-"])];

macro_rules! endpoints {
    ($($model:expr, $provider:expr, $url:literal, $list:expr;)*) => {
        &[$(Endpoint { model: $model, provider: $provider, url: $url, list: $list },)*]
    };
}

/// All there are.
#[rustfmt::skip]
pub const ENDPOINTS: &[Endpoint] = endpoints! {
    Some("claude-opus-4-8"), Some("anthropic"), "https://api.anthropic.com",
        List::Sized(&[(0, ["5", "25", "0.5", "6.25", "10"])]);
    Some("claude-sonnet-4-5"), Some("anthropic"), "https://api.anthropic.com",
        List::Sized(&[(0, ["3", "15", "0.3", "3.75", "6"]), (200_000, ["6", "22.5", "0.6", "7.5", "12"])]);
    Some("gpt-5.5"), Some("openai"), "https://api.openai.com/v1", List::Sized(GPT_5_5);
    Some("gpt-5-mini"), Some("openai"), "https://api.openai.com/v1",
        List::Sized(&[(0, ["0.25", "2", "0.025", "-", "-"])]);
    Some("gemini-2.5-pro"), Some("gemini"), "https://generativelanguage.googleapis.com/v1beta",
        List::Sized(&[(0, ["1.25", "10", "0.125", "-", "-"]), (200_000, ["2.5", "15", "0.25", "-", "-"])]);
    Some("deepseek-v4-pro"), Some("deepseek"), "https://api.deepseek.com/v1",
        List::Hours((2026, 8, 17), ["0.435", "0.87", "0.003625", "-", "-"], ["0.66", "1.98", "0.022", "-", "-"],
            ["1.32", "3.96", "0.044", "-", "-"]);
    Some("grok-4.3"), Some("xai"), "https://api.x.ai/v1",
        List::Sized(&[(0, ["1.25", "2.5", "0.2", "-", "-"]), (199_999, ["2.5", "5", "0.4", "-", "-"])]);
    Some("mistral-large-2512"), Some("mistral"), "https://api.mistral.ai/v1",
        List::Sized(&[(0, ["0.5", "1.5", "0.05", "-", "-"])]);
    Some("google/gemini-2.5-flash"), Some("openrouter"), "https://openrouter.ai/api/v1",
        List::Dated((2026, 10, 19), &[(0, ["0.3", "2.5", "0.075", "0.3833", "-"])],
            &[(0, ["0.3", "2.5", "0.03", "0.0833333333333333", "-"])]);
    Some("qwen/qwen3-coder-flash"), Some("openrouter"), "https://openrouter.ai/api/v1",
        List::Dated((2026, 10, 19), &[(0, ["0.195", "0.975", "0.039", "0.24375", "-"])],
            &[(0, ["0.195", "0.975", "0.039", "0.24375", "-"]), (32_000, ["0.325", "1.625", "0.065", "0.40625", "-"]),
                (128_000, ["0.52", "2.6", "0.104", "0.65", "-"])]);
    Some("gpt-5.5"), Some("openai-codex"), "https://chatgpt.com/backend-api/codex", List::Plan(GPT_5_5);
    Some("house-7b"), Some("custom"), "http://127.0.0.1:8080/v1",
        List::Own(["0.0005", "0.0015", "0.0001", "0.0007", "0.0009"], "0");
    Some("house-70b"), Some("custom"), "http://127.0.0.1:8080/v1",
        List::Own(["0.1", "0.4", "0.01", "-", "-"], "0.001");
    Some("fake-model"), Some("custom"), "https://models.example/v1", List::None;
    Some("llama-local"), Some("custom"), "http://localhost:11434/v1", List::None;
    Some("hermes-4"), Some("nous"), "https://inference.nous.example/v1", List::None;
    None, None, "https://models.example/v1", List::None;
};

/// The overrides behind [`List::Own`], as the configuration has them.
pub const OVERRIDES: &str = "\
telemetry:
  retention_days: 36500
  pricing:
    overrides:
      - provider: custom
        model: house-7b
        input: 0.0005
        output: 0.0015
        cache_read: 0.0001
        cache_write: 0.0007
        cache_write_1h: 0.0009
      - provider: custom
        model: \"house-70*\"
        input: 0.1
        output: 0.4
        cache_read: 0.01
        per_request: 0.001
";

impl Endpoint {
    /// What an answer costs.
    pub fn cost(&self, answer: &Answer) -> Cost {
        let (sum, complete) = self.rated(answer);
        match (self.list, answer.reported) {
            (List::Plan(_), _) => Cost::Included(sum.filter(|_| complete)),
            (_, Some(reported)) => Cost::Actual(reported),
            (_, None) => match sum {
                Some(all) if complete => Cost::Estimated(all),
                part => Cost::Unknown(part.filter(|part| *part > 0)),
            },
        }
    }

    /// All of its tokens at their rates, whoever says what it costs.
    pub fn estimate(&self, answer: &Answer) -> Option<i64> {
        let (sum, complete) = self.rated(answer);
        sum.filter(|_| complete)
    }

    /// The tokens that have a rate at their rates, in nano-dollars, and whether that is all of them.
    fn rated(&self, answer: &Answer) -> (Option<i64>, bool) {
        let Some(usage) = answer.usage else { return (None, false) };
        // The rates when it was sent, where the host says when that was.
        let Some(rates) = self.rates(answer.began.unwrap_or(answer.at), prompt(usage)) else {
            return (None, false);
        };
        let per_call = match self.list {
            List::Own(_, dollars) => decimal(dollars) * 1_000_000,
            _ => 0,
        };
        let (sum, complete) = sum(usage, rates);
        (Some(nanos(sum + per_call)), complete)
    }

    fn rates(&self, at: i64, prompt: u64) -> Option<Rates> {
        let sized = |tiers: &'static [(u64, Rates)]| {
            tiers
                .iter()
                .rev()
                .find(|(more_than, _)| *more_than == 0 || prompt > *more_than)
                .map(|tier| tier.1)
        };
        match self.list {
            List::None => None,
            List::Plan(tiers) | List::Sized(tiers) => sized(tiers),
            List::Dated(day, before, after) => sized(if at < midnight(day) { before } else { after }),
            List::Hours(day, before, after, busy) => Some(match at.rem_euclid(DAY) / HOUR {
                1..=3 | 6..=9 => busy,
                _ if at < midnight(day) => before,
                _ => after,
            }),
            List::Own(rates, _) => Some(rates),
        }
    }
}

fn midnight((year, month, day): Moment) -> i64 {
    moment(year, month, day, 0)
}

fn prompt(usage: Usage) -> u64 {
    usage.input + usage.cache_read + usage.cache_write
}

/// Tokens times rates in units of 10^-22 dollars, and whether every token has a rate.
fn sum(usage: Usage, rates: Rates) -> (i128, bool) {
    let tokens = [
        usage.input,
        usage.output,
        usage.cache_read,
        usage.cache_write - usage.cache_write_1h,
        usage.cache_write_1h,
    ];
    let mut complete = true;
    let mut sum = 0;
    for (count, rate) in tokens.into_iter().zip(rates) {
        match rate {
            "-" => complete &= count == 0,
            rate => sum += i128::from(count) * decimal(rate),
        }
    }
    (sum, complete)
}

/// A decimal number in units of 10^-16.
fn decimal(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction:0<16}");
    digits.parse().unwrap_or_else(|_| panic!("{text} is no decimal number"))
}

/// Units of 10^-22 dollars as nano-dollars, a half to the even neighbour.
fn nanos(sum: i128) -> i64 {
    const NANO: i128 = 10_000_000_000_000;
    let (whole, rest) = (sum / NANO, sum % NANO);
    let up = rest * 2 > NANO || (rest * 2 == NANO && whole % 2 == 1);
    i64::try_from(whole + i128::from(up)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_goes_to_the_even_neighbour() {
        let of = |input| nanos(sum(Usage { input, ..Usage::default() }, ["0.0005", "-", "-", "-", "-"]).0);
        // Half a nano-dollar a token.
        assert_eq!([of(1), of(2), of(3), of(4), of(5), of(7)], [0, 1, 2, 2, 2, 4]);
    }

    #[test]
    fn a_worked_example() {
        let usage = Usage {
            input: 10_000,
            output: 1_000,
            cache_read: 80_000,
            cache_write: 10_000,
            cache_write_1h: 4_000,
            reasoning: 500,
        };
        let (total, complete) = sum(usage, ["5", "25", "0.5", "6.25", "10"]);
        // 0.05 + 0.025 + 0.04 + 0.0375 + 0.04
        assert_eq!((nanos(total), complete), (192_500_000, true));
    }
}
