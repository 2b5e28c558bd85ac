//! Every section is a whole program, without the chapter around it.

#[test]
fn every_section_is_a_program_of_its_own() {
    testing::every_section_is_a_program_of_its_own(
        env!("CARGO_MANIFEST_DIR"),
        env!("CARGO_TARGET_TMPDIR"),
    );
}
