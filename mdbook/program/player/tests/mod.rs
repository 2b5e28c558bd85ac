mod captured;
mod folded;
mod made;
mod told;
