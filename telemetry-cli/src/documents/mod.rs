//! What commands find out: printed as JSON, or as a page by [`render`](crate::render).

#[cfg(feature = "export")]
pub mod delivery;
pub mod doctor;
#[cfg(feature = "collector")]
pub mod keys;
pub mod preview;
pub mod reprice;
pub mod status;
