//! What is summed up of facts.

use std::ops::{AddAssign, SubAssign};

use serde::{Deserialize, Serialize};

macro_rules! sums {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Sums over facts of one series. What such facts do not have is zero.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Sums {
            $($(#[$doc])* #[serde(skip_serializing_if = "is_zero")] pub $name: i64,)*
        }

        impl Sums {
            /// The names of all sums, as columns of the database.
            pub const NAMES: &[&str] = &[$(stringify!($name),)*];

            /// All of them, in the order of [`NAMES`](Self::NAMES).
            pub fn values(&self) -> [i64; Self::NAMES.len()] {
                [$(self.$name,)*]
            }

            /// From all of them, in that order.
            pub fn of(values: [i64; Self::NAMES.len()]) -> Self {
                let [$($name,)*] = values;
                Sums { $($name,)* }
            }
        }

        impl AddAssign for Sums {
            fn add_assign(&mut self, other: Self) {
                $(self.$name = self.$name.saturating_add(other.$name);)*
            }
        }

        impl SubAssign for Sums {
            fn sub_assign(&mut self, other: Self) {
                $(self.$name = self.$name.saturating_sub(other.$name);)*
            }
        }
    };
}

sums! {
    /// Facts.
    n,
    /// Of reports, the sum of `errorCount`.
    errors,
    /// Facts with a duration.
    durations,
    /// Nanoseconds from start to end; of approvals, the wait.
    duration_ns,
    /// Model calls with a time to the first token.
    first_tokens,
    /// Nanoseconds to the first token.
    first_token_ns,
    /// Model calls of which the time of the answered attempt is known.
    attempts,
    /// Nanoseconds of the answered attempts.
    attempt_ns,
    /// Turns that had one before them.
    idles,
    /// Nanoseconds between turns.
    idle_ns,
    /// Messages in requests.
    messages,
    /// Model calls with usage.
    with_usage,
    /// Tokens, neither read from nor written to a cache.
    input_tokens,
    /// Tokens, reasoning included.
    output_tokens,
    /// Tokens.
    cache_read_tokens,
    /// Tokens.
    cache_write_tokens,
    /// The part of `output_tokens` spent on reasoning.
    reasoning_tokens,
    /// Nano-dollars, of the status that the series says.
    cost_nanos,
    /// Model calls with an amount by rates, where that is not what is paid.
    rated,
    /// Nano-dollars by rates, where that is not what is paid.
    rated_nanos,
    /// Of turns, nanoseconds spent on model calls.
    model_ns,
    /// Of turns, nanoseconds spent on tools.
    tool_ns,
    /// Of turns, nanoseconds spent on approvals.
    approval_ns,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}
