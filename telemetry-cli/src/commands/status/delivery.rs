//! How far deliveries are.

use telemetry_plugin::exports::Standing;

use crate::documents::delivery::Delivery;
use crate::failure::Failure;
use crate::home::Home;

/// Of the destination called `name`, that takes no content; `None` if it is off and never got anything.
pub(super) fn of(home: &Home, name: &str, enabled: bool) -> Result<Option<Delivery>, Failure> {
    let standing = standing(home, name, false)?;
    let was_on = standing.state.is_some() || standing.unreadable.is_some();
    Ok((enabled || was_on).then(|| Delivery::of(standing)))
}

/// Of the destination called `name`, which is on.
pub(super) fn on(home: &Home, name: &str, with_content: bool) -> Result<Delivery, Failure> {
    Ok(Delivery::of(standing(home, name, with_content)?))
}

fn standing(home: &Home, name: &str, with_content: bool) -> Result<Standing, Failure> {
    Standing::of(&home.layout, name, with_content)
        .map_err(|error| Failure::File(home.layout.root().to_owned(), error))
}
