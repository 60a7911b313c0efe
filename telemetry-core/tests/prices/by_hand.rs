//! Calls worked out by hand: each line has its tokens, the rate that holds for them in dollars a million, and what that
//! comes to. The rates are those of the providers' price lists, as genai-prices 0.2.1 has them.

use telemetry_core::cost::{Call, NanoDollars, Overrides, Prices, Status};
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;

use crate::noon;

const ANTHROPIC: &str = "anthropic";
const OPENAI: &str = "openai";
const OPENROUTER: &str = "openrouter";

/// How many, dollars a million, dollars.
type Line = (u64, &'static str, &'static str);

/// Input, output, read from a cache, written to one, of these for an hour, and of the output for reasoning.
fn tokens(counts: [u64; 6]) -> Option<Usage> {
    let [input, output, cache_read, cache_write, cache_write_1h, reasoning] = counts;
    Some(Usage { input, output, cache_read, cache_write, cache_write_1h, reasoning })
}

/// The number in units of 10^-12.
fn picos(text: &str) -> u128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= 12, "{text}");
    format!("{whole}{fraction:0<12}").parse().unwrap()
}

struct Table {
    prices: Prices,
    calls: usize,
    providers: Vec<&'static str>,
}

impl Table {
    fn new() -> Self {
        Table { prices: Prices::new(Overrides::default()), calls: 0, providers: Vec::new() }
    }

    /// Checks the arithmetic of the lines, and that the call costs their sum.
    fn call(&mut self, call: Call<'_>, lines: &[Line], total: &str) {
        let what = format!("{:?} {:?} {:?}", call.provider, call.base_url, call.model);
        for (count, rate, dollars) in lines {
            assert_eq!(
                u128::from(*count) * picos(rate),
                picos(dollars) * 1_000_000,
                "{what}: {count} at {rate}"
            );
        }
        let sum: u128 = lines.iter().map(|(_, _, dollars)| picos(dollars)).sum();
        assert_eq!(sum, picos(total), "{what}: sum of the lines");
        let cost = self.prices.price(&call);
        assert_eq!(cost.amount, NanoDollars::from_dollars(total), "{what}: {cost:?}");
        assert_eq!(cost.status, Status::Estimated, "{what}");
        self.calls += 1;
        self.providers.extend(cost.priced_as.map(|(provider, _)| provider));
    }
}

fn of<'a>(provider: &'a str, model: &'a str, at: UnixNanos, counts: [u64; 6]) -> Call<'a> {
    Call { provider: Some(provider), model: Some(model), usage: tokens(counts), ..Call::at(at) }
}

#[test]
#[rustfmt::skip]
fn calls_cost_what_a_reader_works_out() {
    let mut table = Table::new();
    let now = noon("2026-11-21");
    let batch = |call: Call<'static>| Call { batch: true, ..call };
    let tier = |tier, call: Call<'static>| Call { service_tier: Some(tier), ..call };
    let at = |url, call: Call<'static>| Call { provider: Some("custom"), base_url: Some(url), ..call };

    // Caches: read at a tenth of input, written for five minutes at 1.25 times, for an hour at twice.
    table.call(of(ANTHROPIC, "claude-opus-4-8", now, [10_000, 1_000, 80_000, 10_000, 0, 0]),
        &[(10_000, "5", "0.05"), (1_000, "25", "0.025"), (80_000, "0.50", "0.04"), (10_000, "6.25", "0.0625")],
        "0.1775");
    table.call(of(ANTHROPIC, "claude-opus-4-8", now, [10_000, 1_000, 80_000, 10_000, 4_000, 0]),
        &[(10_000, "5", "0.05"), (1_000, "25", "0.025"), (80_000, "0.50", "0.04"), (6_000, "6.25", "0.0375"),
            (4_000, "10", "0.04")],
        "0.1925");
    // Other spellings of a model.
    table.call(of(ANTHROPIC, "claude-opus-4.8", now, [7, 3, 0, 0, 0, 0]),
        &[(7, "5", "0.000035"), (3, "25", "0.000075")], "0.00011");
    table.call(of(ANTHROPIC, "anthropic/claude-opus-4-8-20260528", now, [7, 3, 0, 0, 0, 0]),
        &[(7, "5", "0.000035"), (3, "25", "0.000075")], "0.00011");
    // Opus 4.6 until 2026-03-12: above 200,000 tokens of prompt everything costs more; since then nothing does.
    table.call(of(ANTHROPIC, "claude-opus-4-6", noon("2026-03-01"), [200_000, 2_000, 0, 0, 0, 0]),
        &[(200_000, "5", "1"), (2_000, "25", "0.05")], "1.05");
    table.call(of(ANTHROPIC, "claude-opus-4-6", noon("2026-03-12"), [200_001, 2_000, 0, 0, 0, 0]),
        &[(200_001, "10", "2.00001"), (2_000, "37.5", "0.075")], "2.07501");
    table.call(of(ANTHROPIC, "claude-opus-4-6", noon("2026-03-13"), [300_000, 2_000, 0, 0, 0, 0]),
        &[(300_000, "5", "1.5"), (2_000, "25", "0.05")], "1.55");
    // The prompt is large with what was read from the cache.
    table.call(of(ANTHROPIC, "claude-sonnet-4-5", now, [1_000, 500, 200_000, 0, 0, 0]),
        &[(1_000, "6", "0.006"), (500, "22.5", "0.01125"), (200_000, "0.6", "0.12")], "0.13725");
    table.call(of(ANTHROPIC, "claude-haiku-5-5", now, [50_000, 1_000, 50_000, 0, 0, 0]),
        &[(50_000, "0.1", "0.005"), (1_000, "0.5", "0.0005"), (50_000, "0.01", "0.0005")], "0.006");
    table.call(of(ANTHROPIC, "claude-haiku-5-5", now, [50_000, 1_000, 50_001, 0, 0, 0]),
        &[(50_000, "0.5", "0.025"), (1_000, "2.5", "0.0025"), (50_001, "0.05", "0.00250005")], "0.03000005");
    // A batch is half of it, caches too.
    table.call(batch(of(ANTHROPIC, "claude-sonnet-4-5", now, [1_000, 500, 0, 2_000, 2_000, 0])),
        &[(1_000, "1.5", "0.0015"), (500, "7.5", "0.00375"), (2_000, "3", "0.006")], "0.01125");
    table.call(tier("batch", of(ANTHROPIC, "claude-sonnet-4-5", now, [1_000, 500, 0, 2_000, 2_000, 0])),
        &[(1_000, "1.5", "0.0015"), (500, "7.5", "0.00375"), (2_000, "3", "0.006")], "0.01125");

    // Above 272,000 tokens.
    table.call(of(OPENAI, "gpt-5.5", now, [172_000, 1_000, 100_000, 0, 0, 0]),
        &[(172_000, "5", "0.86"), (1_000, "30", "0.03"), (100_000, "0.5", "0.05")], "0.94");
    table.call(of(OPENAI, "gpt-5.5", now, [200_000, 1_000, 100_000, 0, 0, 0]),
        &[(200_000, "10", "2"), (1_000, "45", "0.045"), (100_000, "1", "0.1")], "2.145");
    // Service tiers and batches.
    table.call(tier("flex", of(OPENAI, "gpt-5.5", now, [10_000, 2_000, 5_000, 0, 0, 0])),
        &[(10_000, "2.5", "0.025"), (2_000, "15", "0.03"), (5_000, "0.25", "0.00125")], "0.05625");
    table.call(tier("priority", of(OPENAI, "gpt-5.5", now, [10_000, 2_000, 5_000, 0, 0, 0])),
        &[(10_000, "12.5", "0.125"), (2_000, "75", "0.15"), (5_000, "1.25", "0.00625")], "0.28125");
    table.call(tier("default", of(OPENAI, "gpt-5.5", now, [10_000, 2_000, 5_000, 0, 0, 0])),
        &[(10_000, "5", "0.05"), (2_000, "30", "0.06"), (5_000, "0.5", "0.0025")], "0.1125");
    table.call(tier("priority", of(OPENAI, "gpt-6-sol", now, [1_000, 10, 0, 0, 0, 0])),
        &[(1_000, "4", "0.004"), (10, "20", "0.0002")], "0.0042");
    // The list of batch prices has none for cached input: that stays as it is.
    table.call(batch(of(OPENAI, "gpt-4o", now, [10_000, 1_000, 4_000, 0, 0, 0])),
        &[(10_000, "1.25", "0.0125"), (1_000, "5", "0.005"), (4_000, "1.25", "0.005")], "0.0225");
    // A price that fell, on the days before and after; reasoning is output.
    table.call(of(OPENAI, "o3", noon("2025-06-09"), [10_000, 1_000, 0, 0, 0, 700]),
        &[(10_000, "10", "0.1"), (1_000, "40", "0.04")], "0.14");
    table.call(of(OPENAI, "o3", noon("2025-06-10"), [10_000, 1_000, 0, 0, 0, 700]),
        &[(10_000, "2", "0.02"), (1_000, "8", "0.008")], "0.028");
    table.call(of(OPENAI, "gpt-5.6-sol", noon("2026-08-20"), [1_000, 1_000, 0, 1_000, 0, 0]),
        &[(1_000, "5", "0.005"), (1_000, "30", "0.03"), (1_000, "6.25", "0.00625")], "0.04125");
    table.call(of("openai-api", "gpt-5.6-sol", noon("2026-08-21"), [1_000, 1_000, 0, 1_000, 0, 0]),
        &[(1_000, "4", "0.004"), (1_000, "20", "0.02"), (1_000, "5", "0.005")], "0.029");
    table.call(of(OPENAI, "gpt-5-mini", now, [123, 45, 67, 0, 0, 0]),
        &[(123, "0.25", "0.00003075"), (45, "2", "0.00009"), (67, "0.025", "0.000001675")], "0.000122425");

    table.call(of("gemini", "gemini-2.5-pro", now, [200_000, 1_000, 0, 0, 0, 0]),
        &[(200_000, "1.25", "0.25"), (1_000, "10", "0.01")], "0.26");
    table.call(of("gemini", "gemini-2.5-pro", now, [250_000, 1_000, 0, 0, 0, 0]),
        &[(250_000, "2.5", "0.625"), (1_000, "15", "0.015")], "0.64");
    table.call(batch(of("gemini", "gemini-2.5-pro", now, [100_000, 1_000, 50_000, 0, 0, 0])),
        &[(100_000, "0.625", "0.0625"), (1_000, "5", "0.005"), (50_000, "0.125", "0.00625")], "0.07375");
    table.call(of("vertex", "google/gemini-2.5-flash", now, [12_345, 678, 9_000, 0, 0, 0]),
        &[(12_345, "0.3", "0.0037035"), (678, "2.5", "0.001695"), (9_000, "0.03", "0.00027")], "0.0056685");

    // Bedrock: a tenth more within a region than worldwide.
    table.call(of("bedrock", "us.anthropic.claude-opus-4-8-v1:0", now, [10_000, 1_000, 80_000, 10_000, 0, 0]),
        &[(10_000, "5.5", "0.055"), (1_000, "27.5", "0.0275"), (80_000, "0.55", "0.044"),
            (10_000, "6.875", "0.06875")],
        "0.19525");
    table.call(of("bedrock", "global.anthropic.claude-opus-4-8-v1:0", now, [10_000, 1_000, 80_000, 10_000, 0, 0]),
        &[(10_000, "5", "0.05"), (1_000, "25", "0.025"), (80_000, "0.5", "0.04"), (10_000, "6.25", "0.0625")],
        "0.1775");
    table.call(of("bedrock", "amazon.nova-pro-v1:0", now, [1_000, 1_000, 1_000, 0, 0, 0]),
        &[(1_000, "0.8", "0.0008"), (1_000, "3.2", "0.0032"), (1_000, "0.2", "0.0002")], "0.0042");
    // Azure sells OpenAI's models at OpenAI's prices.
    table.call(at("https://team.openai.azure.com/openai/v1", of("", "gpt-5.5", now, [1_000, 1_000, 0, 0, 0, 0])),
        &[(1_000, "5", "0.005"), (1_000, "30", "0.03")], "0.035");

    // Here 200,000 tokens are enough for the next tier.
    table.call(of("xai", "grok-4.3", now, [199_999, 1_000, 0, 0, 0, 0]),
        &[(199_999, "1.25", "0.24999875"), (1_000, "2.5", "0.0025")], "0.25249875");
    table.call(of("xai", "grok-4.3", now, [200_000, 1_000, 0, 0, 0, 0]),
        &[(200_000, "2.5", "0.5"), (1_000, "5", "0.005")], "0.505");
    table.call(batch(of("x-ai", "grok-4.3", now, [1_000, 1_000, 1_000, 0, 0, 0])),
        &[(1_000, "1", "0.001"), (1_000, "2", "0.002"), (1_000, "0.16", "0.00016")], "0.00316");

    // A date, and a time of day: twice as much from 01:00 to 04:00 and from 06:00 to 10:00 UTC.
    let hour = |hour: i64| noon("2026-09-01").plus((hour - 12) * 3_600_000_000_000);
    let usage = [100_000, 10_000, 1_000_000, 0, 0, 0];
    table.call(of("deepseek", "deepseek-v4-pro", noon("2026-08-16"), usage),
        &[(100_000, "0.435", "0.0435"), (10_000, "0.87", "0.0087"), (1_000_000, "0.003625", "0.003625")], "0.055825");
    table.call(of("deepseek", "deepseek-v4-pro", hour(2), usage),
        &[(100_000, "1.32", "0.132"), (10_000, "3.96", "0.0396"), (1_000_000, "0.044", "0.044")], "0.2156");
    table.call(of("deepseek", "deepseek-v4-pro", hour(4), usage),
        &[(100_000, "0.66", "0.066"), (10_000, "1.98", "0.0198"), (1_000_000, "0.022", "0.022")], "0.1078");
    table.call(at("https://api.deepseek.com/v1", of("", "deepseek-v4-pro", hour(9), usage)),
        &[(100_000, "1.32", "0.132"), (10_000, "3.96", "0.0396"), (1_000_000, "0.044", "0.044")], "0.2156");

    table.call(of("mistral", "mistral-large-2512", now, [1_000, 1_000, 1_000, 0, 0, 0]),
        &[(1_000, "0.5", "0.0005"), (1_000, "1.5", "0.0015"), (1_000, "0.05", "0.00005")], "0.00205");
    table.call(batch(of("mistral", "mistral-large-2512", now, [1_000, 1_000, 1_000, 0, 0, 0])),
        &[(1_000, "0.25", "0.00025"), (1_000, "0.75", "0.00075"), (1_000, "0.025", "0.000025")], "0.001025");
    table.call(of("groq", "openai/gpt-oss-120b", now, [1_000, 1_000, 1_000, 0, 0, 0]),
        &[(1_000, "0.15", "0.00015"), (1_000, "0.6", "0.0006"), (1_000, "0.075", "0.000075")], "0.000825");
    table.call(at("https://router.huggingface.co/groq/v1", of("", "openai/gpt-oss-120b", now, [1_000, 1_000, 0, 0, 0, 0])),
        &[(1_000, "0.15", "0.00015"), (1_000, "0.75", "0.00075")], "0.0009");
    table.call(of("cerebras", "gpt-oss-120b", now, [1_000, 1_000, 0, 0, 0, 0]),
        &[(1_000, "0.35", "0.00035"), (1_000, "0.75", "0.00075")], "0.0011");
    table.call(at("https://api.moonshot.ai/v1", of("", "kimi-k2.6", now, [1_000, 1_000, 1_000, 0, 0, 0])),
        &[(1_000, "0.95", "0.00095"), (1_000, "4", "0.004"), (1_000, "0.16", "0.00016")], "0.00511");
    table.call(of("cohere", "command-a", now, [1_000, 1_000, 0, 0, 0, 0]),
        &[(1_000, "2.5", "0.0025"), (1_000, "10", "0.01")], "0.0125");
    table.call(of("copilot", "gpt-5.4", now, [300_000, 100, 0, 0, 0, 0]),
        &[(300_000, "5", "1.5"), (100, "22.5", "0.00225")], "1.50225");
    // 14 dollars for a thousand requests, whatever is in them.
    table.call(of("perplexity", "sonar-pro", now, [1_000, 100, 0, 0, 0, 0]),
        &[(1_000, "3", "0.003"), (100, "15", "0.0015"), (1, "14000", "0.014")], "0.0185");

    // Three tiers.
    table.call(of(OPENROUTER, "qwen/qwen3-coder-flash", now, [32_000, 100, 0, 0, 0, 0]),
        &[(32_000, "0.195", "0.00624"), (100, "0.975", "0.0000975")], "0.0063375");
    table.call(of(OPENROUTER, "qwen/qwen3-coder-flash", now, [20_000, 100, 12_001, 0, 0, 0]),
        &[(20_000, "0.325", "0.0065"), (100, "1.625", "0.0001625"), (12_001, "0.065", "0.000780065")], "0.007442565");
    table.call(of(OPENROUTER, "qwen/qwen3-coder-flash", now, [128_001, 100, 0, 0, 0, 0]),
        &[(128_001, "0.52", "0.06656052"), (100, "2.6", "0.00026")], "0.06682052");
    // Reasoning has a rate of its own here, below that of output.
    table.call(of(OPENROUTER, "perplexity/sonar-deep-research", now, [1_000, 3_000, 0, 0, 0, 2_000]),
        &[(1_000, "2", "0.002"), (1_000, "8", "0.008"), (2_000, "3", "0.006")], "0.016");
    table.call(of(OPENROUTER, "openai/gpt-oss-120b", noon("2026-10-18"), [1_000, 1_000, 0, 0, 0, 0]),
        &[(1_000, "0.039", "0.000039"), (1_000, "0.18", "0.00018")], "0.000219");
    table.call(of(OPENROUTER, "openai/gpt-oss-120b", noon("2026-10-19"), [1_000, 1_000, 0, 0, 0, 0]),
        &[(1_000, "0.15", "0.00015"), (1_000, "0.6", "0.0006")], "0.00075");

    table.providers.sort_unstable();
    table.providers.dedup();
    assert!(table.calls >= 40 && table.providers.len() >= 12, "{} {:?}", table.calls, table.providers);
}

/// 0.0833333333333333 dollars a million, as the data has it: a twelfth of a dollar that was a float once. Rates are kept
/// to their last digit, and only the sum is rounded.
#[test]
fn a_sum_is_rounded_once_to_the_nano_dollar() {
    let mut prices = Prices::new(Overrides::default());
    let mut of = |written| {
        let counts = [0, 0, 0, written, 0, 0];
        let call = of(OPENROUTER, "google/gemini-2.5-flash", noon("2026-11-21"), counts);
        prices.price(&call).amount.unwrap().0
    };
    // 1 token is 83.33... nano-dollars, 2 are 166.66..., 3 are 249.9999999999999.
    assert_eq!([of(1), of(2), of(3)], [83, 167, 250]);
    // 10^12 tokens: 83,333.3333333333 dollars to the last digit.
    assert_eq!(of(1_000_000_000_000), 83_333_333_333_333);
}
