use super::*;
use crate::log::Log;

#[test]
#[ignore]
fn show() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/captured");
    let wanted = std::env::var("SHOW").unwrap_or_default();
    for chapter in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(chapter.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let Some(stem) = path.to_str().unwrap().strip_suffix(".events.json") else {
                continue;
            };
            if !stem.contains(&wanted) {
                continue;
            }
            let log = Log::from_json(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let output = std::fs::read_to_string(format!("{stem}.ansi")).unwrap();
            let naming = Naming::new(&log, &Default::default());
            let steps = steps(&log, &naming, &output);
            println!(
                "== {stem}: {} events, {} steps",
                log.events.len(),
                steps.len()
            );
            for (n, step) in steps.iter().enumerate() {
                let q: Vec<String> = step
                    .queues
                    .iter()
                    .map(|q| format!("{}:{}+{}", q.pool, q.tasks.join(" "), q.more))
                    .collect();
                println!(
                    "{:3} {:5.1} s{:?} l{:?} e{:?} {}   [{}]",
                    n + 1,
                    step.at as f64 / 1e6,
                    step.line.unwrap_or(0),
                    step.printed,
                    step.bars,
                    step.words,
                    q.join("; ")
                );
            }
        }
    }
}
