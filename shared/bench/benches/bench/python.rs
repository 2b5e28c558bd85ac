//! The Python peer: `peers.py`, which takes the same samples.

use std::process::Command;
use std::sync::OnceLock;

use bench::WORKERS;
use bench::placement::Placement;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers.py");

/// What `python3 --version` says, or why there is no Python.
pub(crate) fn version() -> Result<&'static str, &'static str> {
    static VERSION: OnceLock<Result<String, String>> = OnceLock::new();
    let version = VERSION.get_or_init(|| match Command::new("python3").arg("--version").output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
        }
        Ok(output) => Err(format!("`python3 --version` failed ({})", output.status)),
        Err(error) => Err(format!("`python3` cannot be started: {error}")),
    });
    version.as_deref().map_err(String::as_str)
}

/// The interpreter itself. What is called `python3` may be a script that looks
/// for the right version first, and that costs as much as a sample.
fn interpreter() -> &'static str {
    static INTERPRETER: OnceLock<String> = OnceLock::new();
    INTERPRETER.get_or_init(|| {
        let output = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output();
        let path = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string());
        match path {
            Ok(path) if !path.is_empty() => path,
            _ => "python3".to_string(),
        }
    })
}

/// A process that takes one sample of this kind of pool.
pub(crate) fn sample(
    kind: &str,
    request: &str,
    placement: Placement,
    seconds: f64,
) -> Result<Command, String> {
    let mut command = Command::new(interpreter());
    command.args([SCRIPT, kind, request]);
    command.args([WORKERS.to_string(), seconds.to_string()]);
    if let Some(cores) = placement.cores()? {
        command.args([cores.submitter.to_string(), cores.workers.to_string()]);
    }
    Ok(command)
}
