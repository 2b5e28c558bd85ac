//! The rule, tried.

mod made;
mod maker;
mod real;
mod rules;
mod tools;
