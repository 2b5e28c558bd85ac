//! The table of promises, `shared/PROMISES.md`, names tests that are there.

use std::fs;
use std::path::Path;

#[test]
fn every_test_that_holds_a_promise_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = fs::read_to_string(root.join("shared/PROMISES.md")).unwrap();
    let quoted = table.split('`').skip(1).step_by(2);
    let tests: Vec<(&str, &str)> = quoted.filter_map(|text| text.split_once(".rs::")).collect();
    assert!(
        tests.len() > 200,
        "the table is read: {} tests",
        tests.len()
    );
    for (file, test) in tests {
        let file = format!("{file}.rs");
        let source = fs::read_to_string(root.join(&file)).unwrap_or_default();
        assert!(
            source.contains(&format!("fn {test}(")),
            "{file} has no test `{test}`: mend the table"
        );
    }
}
