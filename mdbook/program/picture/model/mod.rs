//! What a run's picture shows, made from the captured log: who did what and when, which
//! tasks waited in a queue, what state an event was in. Nothing here knows of drawing.

pub mod absent;
pub mod band;
pub mod naming;
pub mod panel;
pub mod queue;
pub mod rows;
pub mod run;
pub mod spans;
pub mod steps;
pub mod tasks;
pub mod view;
pub mod waves;
