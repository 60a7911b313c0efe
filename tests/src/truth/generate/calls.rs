//! Model calls: their attempts, what they answer and what that uses.

use super::Maker;
use super::clock::{MICRO, MILLI, SECOND, span};
use super::words::FAILURES;
use crate::truth::rates::{ENDPOINTS, Endpoint};
use crate::truth::story::{Answer, Attempt, Call, Failure, Turn, Usage};

/// Hosts give the beginning of a call in seconds as a float: these fractions of a second are exact in it.
const GRID: i64 = SECOND / 512;

impl Maker {
    /// A call that is answered after `retries` failed attempts.
    pub(super) fn call(&mut self, turn: &mut Turn, endpoint: Endpoint, retries: usize) -> Call {
        let (began, told) = self.beginning();
        let mut call = self.request(turn, endpoint);
        for number in 0..retries {
            let asked = if self.once_in(3) { self.one_of(ENDPOINTS) } else { endpoint };
            let failure = self.one_of(FAILURES);
            self.fail(&mut call, began, asked, failure, number == 0, false);
            self.again(&mut call);
        }
        let at = self.pass(20 * MILLI, 6 * SECOND);
        let latency = at - began - span(&mut self.random, 0, 50 * MICRO);
        let alone = match (self.captures_attempts, call.requests.last()) {
            (true, Some(request)) => Some((at - request).min(latency)),
            _ => (retries == 0).then_some(latency),
        };
        let usage = (!self.once_in(7)).then(|| self.usage(endpoint));
        call.answer = Some(Answer {
            at,
            began: told.then_some(began),
            latency,
            alone,
            first_token: self.once_in(3).then(|| span(&mut self.random, MILLI, 19 * MILLI)),
            messages: (!self.once_in(4)).then(|| 1 + self.random.below(60) as u32),
            finish: self.one_of(&["stop", "tool_calls", "length"]),
            usage,
            reported: self.once_in(9).then(|| span(&mut self.random, 0, SECOND)),
        });
        call
    }

    /// A call that is never answered.
    pub(super) fn failing_call(&mut self, turn: &mut Turn, endpoint: Endpoint, exhausted: bool) {
        let (began, _) = self.beginning();
        let mut call = self.request(turn, endpoint);
        let attempts = 1 + self.random.below(3);
        for number in 0..attempts {
            let failure = self.one_of(FAILURES);
            let last = number + 1 == attempts;
            self.fail(&mut call, began, endpoint, failure, number == 0, last && exhausted);
            if !last {
                self.again(&mut call);
            }
        }
        turn.calls.push(call);
    }

    /// When a call began, and whether the host will say so.
    fn beginning(&mut self) -> (i64, bool) {
        self.pass(MICRO, 50 * MILLI);
        let told = !self.once_in(3);
        if told {
            let now = &mut self.clock.now;
            *now += (GRID - now.rem_euclid(GRID)) % GRID;
        }
        (self.clock.now, told)
    }

    fn request(&mut self, turn: &Turn, endpoint: Endpoint) -> Call {
        let requests = vec![self.pass(MICRO, MILLI)];
        let requests = if self.captures_attempts { requests } else { Vec::new() };
        let id = format!("{}:api:{}", turn.id, turn.calls.len() + 1);
        Call { id, endpoint, requests, failed: Vec::new(), answer: None }
    }

    /// A pause, and another request.
    fn again(&mut self, call: &mut Call) {
        let at = self.pass(10 * MILLI, 2 * SECOND);
        if self.captures_attempts {
            call.requests.push(at);
        }
    }

    fn fail(
        &mut self,
        call: &mut Call,
        began: i64,
        endpoint: Endpoint,
        failure: Failure,
        is_first: bool,
        exhausted: bool,
    ) {
        let at = self.pass(5 * MILLI, 3 * SECOND);
        let elapsed = at - began - span(&mut self.random, 0, 50 * MICRO);
        let alone = match (self.captures_attempts, call.requests.last()) {
            (true, Some(request)) => Some(at - request),
            _ => is_first.then_some(elapsed),
        };
        call.failed.push(Attempt { at, elapsed, alone, endpoint, failure, exhausted });
    }

    pub(super) fn usage(&mut self, endpoint: Endpoint) -> Usage {
        let mut tokens = |most: usize| {
            let digits = self.random.below(most) as u32;
            self.random.below(10_usize.pow(digits) + 1) as u64
        };
        let (input, output, cache_read) = (tokens(7), tokens(5), tokens(7));
        let cache_write = if tokens(2) > 0 { tokens(6) } else { 0 };
        let reasoning = if output > 0 && tokens(2) > 0 { output / 3 } else { 0 };
        let an_hour = endpoint.provider == Some("anthropic") || endpoint.model == Some("house-7b");
        let cache_write_1h = if an_hour && tokens(2) > 0 { cache_write / 2 } else { 0 };
        Usage { input, output, cache_read, cache_write, cache_write_1h, reasoning }
    }
}
