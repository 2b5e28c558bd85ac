//! The answers to the exercises of the chapter `pools`: the solutions pass, the
//! stubs and the wrong answers are refused.

#[path = "../wrong/task_queue/mod.rs"]
mod task_queue;

fn main() -> std::process::ExitCode {
    checking::judge(&[task_queue::ANSWERS])
}
