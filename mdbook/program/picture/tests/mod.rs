//! Tests of what a picture shows and of how it is drawn, from logs that are written here.

mod drawing;
mod logs;
mod model;
mod palette;
mod steps;
