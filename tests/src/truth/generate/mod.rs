//! Makes up what happened, from a seed: the same seed, the same world.
//!
//! A clock goes on by random steps and likes to stop exactly at a border (a midnight of some zone, an hour at which clocks
//! change) or a nanosecond before it. Every way for a turn and a run to end is planned, so that it is known and not
//! concluded.

mod calls;
mod clock;
mod processes;
mod turns;
mod words;

pub use clock::Clock;

use super::story::World;
use crate::corpus::random::Random;

/// How many processes a world has.
const PROCESSES: usize = 42;

/// What `seed` makes.
pub fn world(seed: u64) -> World {
    let mut maker = Maker::new(seed);
    let mut world = World { processes: Vec::new(), captures_attempts: seed % 2 == 1 };
    maker.captures_attempts = world.captures_attempts;
    for number in 0..PROCESSES {
        world.processes.push(maker.process(number));
    }
    world
}

/// What is needed to make things up.
pub struct Maker {
    random: Random,
    clock: Clock,
    captures_attempts: bool,
    serial: u64,
    /// Sessions that a later process may take up again.
    sessions: Vec<String>,
}

impl Maker {
    fn new(seed: u64) -> Self {
        Maker {
            random: Random::new(seed ^ 0x7472_7574),
            clock: Clock::new(),
            captures_attempts: false,
            serial: 0,
            sessions: Vec::new(),
        }
    }

    fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// True once in `times`.
    fn once_in(&mut self, times: usize) -> bool {
        self.random.below(times) == 0
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.random.below(list.len())]
    }

    /// Lets time go by: from `least` on, up to `most`.
    fn pass(&mut self, least: i64, most: i64) -> i64 {
        self.clock.pass(&mut self.random, least, most)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::truth::facts::{Item, facts};
    use crate::truth::rates::Cost;
    use crate::truth::story::{Process, Run};
    use crate::truth::zone::{DAY, ZONES};

    fn depth(process: &Process, run: &Run) -> usize {
        run.delegated.as_ref().map_or(0, |one| 1 + depth(process, &process.runs[one.parent]))
    }

    /// What the tests are for is in the worlds they use.
    #[test]
    fn a_few_worlds_have_everything() {
        let worlds: Vec<World> = (1..=4).map(world).collect();
        let processes = || worlds.iter().flat_map(|world| &world.processes);
        let runs = || processes().flat_map(|process| &process.runs);
        let ended: BTreeSet<&str> =
            runs().flat_map(|run| &run.turns).map(|turn| turn.ended.outcome).collect();
        let all = ["completed", "compressed", "errored", "interrupted", "limited", "timed_out", "unknown"];
        assert_eq!(ended.into_iter().collect::<Vec<_>>(), all);
        let reasons: BTreeSet<&str> = runs().filter_map(|run| run.ended.reason.as_deref()).collect();
        for reason in
            ["empty", "idle_timeout", "inferred", "process_exit", "process_lost", "session_boundary"]
        {
            assert!(reasons.contains(reason), "{reason} in {reasons:?}");
        }
        assert!(processes().any(|process| process.runs.iter().any(|run| depth(process, run) == 3)));
        let sessions: BTreeSet<&str> = runs().map(|run| run.session.as_str()).collect();
        assert!(sessions.len() < runs().count(), "a session is taken up again");

        let borders: BTreeSet<i64> = ZONES.iter().flat_map(crate::truth::zone::Zone::borders).collect();
        let moments: BTreeSet<i64> = worlds.iter().flat_map(facts).map(|fact| fact.at).collect();
        let exactly = moments.iter().filter(|at| borders.contains(at)).count();
        let just_before = moments.iter().filter(|at| borders.contains(&(*at + 1))).count();
        assert!(
            exactly > 20 && just_before > 20,
            "{exactly} facts at a border, {just_before} just before one"
        );
        let over_midnight =
            runs().filter(|run| run.end.is_some_and(|end| run.start / DAY < end / DAY)).count();
        assert!(over_midnight > 10, "{over_midnight} runs go on past midnight");

        let costs: Vec<Cost> = worlds
            .iter()
            .flat_map(facts)
            .filter_map(|fact| {
                if let Item::Call(call, answer) = fact.item { Some(call.endpoint.cost(answer)) } else { None }
            })
            .collect();
        let some = |is: fn(&Cost) -> bool| costs.iter().any(is);
        assert!(some(|cost| matches!(cost, Cost::Included(Some(_)))));
        assert!(some(|cost| matches!(cost, Cost::Unknown(Some(_)))));
        assert!(some(|cost| matches!(cost, Cost::Unknown(None))));
        assert!(some(|cost| matches!(cost, Cost::Estimated(_))));
    }

    #[test]
    fn a_seed_is_a_world() {
        let recordings = |seed| crate::truth::hooks::recordings(&world(seed));
        assert_eq!(recordings(5), recordings(5));
        assert_ne!(recordings(5), recordings(6));
    }
}
