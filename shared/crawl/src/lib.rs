//! What the crawlers of the lessons share.
