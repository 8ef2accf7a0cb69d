//! `wharf push`: packages go to a feed.

mod arguments;
mod feed_argument;
mod feed_limits;
mod process_feed;
mod run;

pub use arguments::Arguments;
pub use run::run;
