//! A picture of a run, made from its record: who ran, waited and slept, when.
//!
//! A [`Timeline`] is the model of the picture. It has a [`Row`] for each actor. In a
//! row are [`Span`]s, which lie inside one another as a pause lies inside a task, and
//! [`Mark`]s, which take no time. [`Arrow`]s lead from a cause to its effect. It is
//! drawn as lines of characters ([`to_terminal`](Timeline::to_terminal)) and told in
//! words ([`describe`](Timeline::describe)).
//!
//! ```
//! use stage::record;
//! use stage::pace::pause;
//! use stage::timeline::Timeline;
//!
//! record::start();
//! for _ in 0..4 {
//!     pause(0.01);
//! }
//! let timeline = Timeline::new(&record::take());
//! println!("{}", timeline.to_terminal(80));
//! # assert_eq!(timeline.rows[0].spans.len(), 4);
//! ```

mod around;
mod build;
mod chart;
mod describe;
mod model;
mod terminal;
mod text;

#[cfg(test)]
pub(crate) mod logs;
#[cfg(test)]
mod picture_tests;
#[cfg(test)]
mod tests;

pub use model::{
    Activity, Arrow, ArrowEnd, Flag, Mark, Moment, Phase, Queue, Row, Segment, Span, Timeline, Why,
};
pub(crate) use terminal::columns;
