//! The rule, tried.

mod made;
mod real;
mod tools;
