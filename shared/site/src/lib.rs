//! A website on this machine, for the crawlers of the lessons.
