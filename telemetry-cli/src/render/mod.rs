//! Answers as text for people: made for 80 columns, better on wide terminals, and plain enough to pipe.

mod attempts;
mod bar;
mod breakdown;
mod budget;
pub(crate) mod csv;
mod doctor;
#[cfg(feature = "report")]
pub(crate) mod html;
mod ink;
mod insights;
#[cfg(feature = "collector")]
mod keys;
mod money;
mod reprice;
mod runs;
mod sheet;
mod show;
pub(crate) mod sql;
mod status;
mod table;
mod tail;
mod text;
#[cfg(feature = "top")]
mod top;

pub(crate) use breakdown::breakdowns;
pub(crate) use budget::{budgets, budgets_as_csv};
pub(crate) use doctor::doctor;
pub(crate) use insights::{Page, insights};
#[cfg(feature = "collector")]
pub(crate) use keys::keys;
pub(crate) use reprice::reprice;
pub(crate) use runs::runs;
pub(crate) use sheet::Sheet;
pub(crate) use show::show;
pub(crate) use status::{preview, status};
pub(crate) use tail::Feed;
pub(crate) use text::{clean, count, grouped, size};
#[cfg(feature = "top")]
pub(crate) use top::top;

#[cfg(test)]
mod tests;
