//! What every database has to do, told once: each behaviour is a function over any of them, and a test of each.
//!
//! - [`keeping`]: what is taken in is there once.
//! - [`counting`]: reports count once.
//! - [`settling`]: what runs come to depends on their events, and on nothing else.
//! - [`any_order`]: whatever comes when.
//! - [`together`]: many at once.
//! - [`forgetting`]: days that are gone, and what comes after.
//! - [`asking`]: questions to the rollups; [`lists`]: runs, listed and found.
//! - `keys`: what opens the collector.

mod any_order;
mod asking;
mod counting;
mod databases;
mod forgetting;
pub mod keeping;
mod keys;
mod lists;
pub mod sessions;
mod settling;
pub mod state;
pub mod tally;
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
        a_report_is_kept_once,
        the_last_transcript_of_a_session_counts,
    }
    counting {
        reports_wait_to_be_counted_and_one_step_counts_all,
        reports_count_however_many_runs_wait,
        what_comes_again_is_not_noted_again,
        several_count_at_once_and_each_report_once,
        what_a_collector_kept_before_it_died_is_counted_by_another,
        what_was_kept_counts_though_its_day_is_forgotten_meanwhile,
        an_answer_has_what_was_kept_before_it,
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
    any_order {
        whatever_comes_when_the_rollups_are_the_sums_of_the_runs,
    }
    together {
        overlapping_batches_are_kept_once_while_others_settle,
        many_may_open_it_at_once,
    }
    forgetting {
        whole_days_of_events_go,
        what_is_sent_again_after_it_was_forgotten_is_not_counted_again,
        a_run_that_goes_on_after_its_first_days_are_forgotten_is_one_run,
        a_day_of_which_there_was_nothing_is_not_forgotten,
        rollups_and_runs_go_later_than_their_events,
        a_run_stays_as_long_as_there_are_events_of_it,
        old_transcripts_go,
    }
    asking {
        cells_are_added_up_as_asked,
        names_are_those_heard_of_since,
    }
    lists {
        runs_come_a_page_at_a_time,
        runs_are_filtered_by_what_they_are,
        a_tree_costs_what_is_in_it,
        the_runs_that_cost_most_come_first,
        runs_that_continue_others_are_told_with_them,
        a_run_is_found_by_what_people_copy,
        a_tree_has_the_events_of_all_its_runs,
        a_tree_that_is_its_own_parent_has_an_end,
    }
    keys {
        keys_are_kept_whole,
        a_name_is_taken_until_its_key_is_revoked,
        a_key_is_revoked_once,
        the_last_use_of_a_key_is_kept_to_the_minute,
        a_row_that_a_person_inserted_is_a_key,
    }
}
