//! What every database has to do, told once: each behaviour is a function over any of them, and a test of each.
//!
//! - [`keeping`]: what is taken in is there once.
//! - [`settling`]: what runs come to depends on their events, and on nothing else.
//! - [`together`]: many at once.

mod databases;
mod keeping;
mod sessions;
mod settling;
mod state;
mod tally;
mod together;

macro_rules! behaviours {
    ($($module:ident { $($behaviour:ident,)* })*) => {
        /// In a file.
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $behaviour() {
                    super::$module::$behaviour(super::databases::Files).await;
                }
            )*)*
        }

        /// On a server, where there is one to test with.
        #[cfg(feature = "postgres")]
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $behaviour() {
                    if let Some(server) = super::databases::Server::to_test() {
                        super::$module::$behaviour(server).await;
                    }
                }
            )*)*
        }
    };
}

behaviours! {
    keeping {
        an_event_is_kept_once,
        an_event_is_told_by_its_moment_and_its_id,
        events_of_any_day_are_kept,
        only_what_is_new_has_to_be_settled,
        every_kind_comes_back_as_it_was_written,
        a_report_is_kept_and_counted_once,
        the_last_transcript_of_a_session_counts,
    }
    settling {
        the_order_of_arrival_makes_no_difference,
        settling_again_changes_nothing,
        each_step_is_as_large_as_asked_for,
        a_process_that_ended_later_ends_its_runs,
        a_child_is_told_of_before_or_after,
        what_cannot_be_worked_out_stays_to_be_settled,
        a_run_of_which_nothing_can_be_said_is_no_row,
        a_process_says_what_it_lost,
    }
    together {
        overlapping_batches_are_kept_once_while_others_settle,
        many_may_open_it_at_once,
    }
}
