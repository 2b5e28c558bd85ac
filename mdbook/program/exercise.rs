//! An exercise on its page: the task, the commands, the hints. All of them are kept with
//! the exercise and put together here.

use crate::project::{Project, Section};

/// The exercises in the order in which a student meets them.
pub fn listed(project: &Project) -> Result<Vec<Section>, String> {
    let path = "exercises/order.txt";
    let list = read(project, path)?;
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(' ') {
            Some((chapter, name)) => Ok(Section::new(chapter, name)),
            None => Err(format!("{path}: `{line}` is not a chapter and a name")),
        })
        .collect()
}

/// The part of a page, in Markdown. `exercise` is a chapter and a name.
pub fn part(project: &Project, exercise: &Section) -> Result<String, String> {
    let Section { chapter, name } = exercise;
    // The file in `src` is changed by the student.
    let stub = read(project, &format!("exercises/original/{chapter}/{name}.rs"))?;
    let hints = read(project, &format!("exercises/hints/{name}.md"))?;
    let (title, task) = documentation(&stub).ok_or_else(|| {
        format!("the exercise {name} has to begin with a title, an empty line and the task")
    })?;
    let run = format!("cargo run -p exercises --bin {name}");
    let check = format!("cargo test -q -p exercises --bin {name}");
    let width = check.len();
    let mut text = format!(
        "### {title}\n\n{task}\n\nThe program is `exercises/src/bin/{name}.rs`.\n\n```console\n\
         $ {run:width$}   what it does so far\n$ {check:width$}   what is missing\n```\n"
    );
    for (number, hint) in hints.split("\n---\n").enumerate() {
        text.push_str(&format!(
            "\n<details>\n<summary>Hint {}</summary>\n\n{}\n\n</details>\n",
            number + 1,
            hint.trim()
        ));
    }
    Ok(text)
}

fn read(project: &Project, path: &str) -> Result<String, String> {
    std::fs::read_to_string(project.root.join(path))
        .map_err(|error| format!("{path} cannot be read: {error}"))
}

/// The title of a program, without its full stop, and the rest of its documentation.
fn documentation(program: &str) -> Option<(&str, String)> {
    let lines = program.lines().map_while(|line| line.strip_prefix("//!"));
    let mut lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let title = lines.next()?.trim_end_matches('.');
    let rest: Vec<&str> = lines.collect();
    let rest = rest.join("\n").trim().to_string();
    (!title.is_empty() && !rest.is_empty()).then_some((title, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_begins_with_its_title_and_its_task() {
        let program = "//! A title.\n//!\n//! Do this,\n//! and that.\n//!\n//! Then rest.\nfn a() {}\n//! no";
        let (title, rest) = documentation(program).unwrap();
        assert_eq!(title, "A title");
        assert_eq!(rest, "Do this,\nand that.\n\nThen rest.");
        assert_eq!(documentation("//! Only a title.\nfn a() {}"), None);
        assert_eq!(documentation("fn a() {}"), None);
    }
}
