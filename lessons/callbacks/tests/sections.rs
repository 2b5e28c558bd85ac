//! What each section's run must show.

use testing::Run;

fn run(section: &str, speed: u32) -> Run {
    testing::run(env!("CARGO_BIN_EXE_callbacks"), section, speed)
}

#[test]
fn every_section_is_a_program_of_its_own() {
    testing::every_section_is_a_program_of_its_own(
        env!("CARGO_MANIFEST_DIR"),
        env!("CARGO_TARGET_TMPDIR"),
    );
}

#[test]
fn thread_callback_is_over_before_the_result_is_there() {
    let run = run("thread_callback", 10);
    run.expect_order(&["start", "over", "the result is 9"]);
    assert_eq!(run.lines[2].actor, "worker");
}
