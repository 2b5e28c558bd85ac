//! The reader, tried on small sources: it finds every kind of arrow, and takes nothing
//! else for one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::arrows::{self, Found};
use crate::order;

/// The crate that each sample is a part of. `//- …` begins a file. `//~ …` says which
/// modules, or packages, this line is the first in its file to use.
const LIBRARY: &str = "
//- src/lib.rs
pub mod ground; pub mod middle; pub mod top;
//- src/middle.rs
pub use crate::ground::Own; //~ ground
pub struct Middle;
pub fn go() {}
//- src/top.rs
pub mod deep;
pub use deep::{Deep, deeper};
pub fn go() {}
//- src/top/deep.rs
pub struct Deep;
pub fn deeper() {}
#[macro_export]
macro_rules! dig { () => {} }
//- src/ground.rs
";

/// What stands before the first `//- …` is in `src/ground.rs`.
const SAMPLES: &str = r####"
// An import; nested braces.
use super::middle::Middle as M; //~ middle
use sample::{ground, top::{self, deep::{
    Deep as D, //~ top::deep
}}};
use std::{fmt, io};
---
// A path without an import.
fn f() -> super::middle::Middle { //~ middle
    crate::top::go() //~ top
}
type D = Vec<sample::top::deep::Deep>; //~ top::deep
---
// An imported module is used where its items are.
use crate::{middle as m, top::{self}};
fn f() { m::go() } //~ middle
fn g() { top::go() } //~ top
---
// A glob; what comes through a second one, or from a parent that shows its child.
use super::middle::*; //~ middle
fn f() { go() }
fn g(_: Deep) {} //~ top::deep
//- src/middle.rs
pub use crate::top::*; //~ top
pub fn go() {}
---
// `super` leads as far up as it says.
mod inner {
    fn f() { super::super::top::go() } //~ top
    mod b { use super::super::super::middle::go; } //~ middle
}
---
fn top() {}
mod inner { fn f() { super::top() } }
mod middle { pub fn go() {} }
fn f() { self::middle::go(); middle::go() }
---
// A re-export leads to what it shows; one that is no child's is a use as any other.
use crate::top::Deep; //~ top::deep
pub(in crate::ground) use crate::top::go; //~ top
fn f() -> crate::middle::Own { Own }
pub struct Own;
---
// A macro: its name, its body, and what it is called with.
fn f() { dig!() } //~ top::deep
macro_rules! m { () => { $crate::top::go() } } //~ top
fn g(top: T) { println!("{}", [crate::middle::go()]) } //~ middle
---
use crate::dig; //~ top::deep
macro_rules! m { () => { use $crate::middle::{go}; use $crate::top::go as g; } } //~ middle top
---
// Comments and texts.
//! [`go`](crate::top::go)
// use crate::top::go;
/* crate::top::go() /* nested */ crate::top::go() */
/// crate::top::go()
const A: &str = "crate::top::go() \" crate::top::go()";
const B: &str = r#"" crate::top::go()"#; const Q: char = '"';
fn f<'a>(s: &'a str) { crate::middle::go() } //~ middle
---
// What is compiled only for tests, and what stands behind it.
#[cfg(test)] mod tests { use crate::top::go; }
#[cfg(test)] use crate::top::{go, deep};
#[cfg(all(test, unix))] impl S { fn f() { crate::top::go() } }
impl S { #[cfg(test)] fn f() { crate::top::go() } }
struct S { #[cfg(test)] field: crate::top::deep::Deep, other: u8 }
mod inner { #![cfg(test)] use crate::top::go; }
macro_rules! m { () => { #[cfg(test)] use crate::top::{go, deep}; } }
#[cfg(not(test))] use crate::middle::go; //~ middle
---
// A name is no path, and neither is a field or a method.
use crate::top;
fn f(top: T) { top.go(); self.top.deep(); println!("{}", top.go()) }
---
// The root of the crate.
use crate::Own; //~ lib.rs
//- src/lib.rs
mod ground;
pub struct Own;
---
// A parent that only shows its child is no circle with it,
//- src/top.rs
mod deep;
pub use deep::{Child, go};
pub use self::deep::*;
pub struct Common { go: u8 }
impl Common { fn go(&self) { let go: u8 = 0; println!("{}", self.go()); } }
//- src/top/deep.rs
use super::*; //~ top
pub struct Child;
pub fn go() {}
---
// but one that imports from it, calls it, or uses what it shows is.
//- src/top.rs
mod deep;
use deep::Deep; //~ top::deep
---
//- src/top.rs
mod deep;
fn f() { deep::deeper() } //~ top::deep
---
//- src/top.rs
mod deep;
pub use deep::Deep;
fn f() -> Deep { Deep } //~ top::deep
---
//- src/top.rs
mod deep;
pub use deep::*;
fn f() { println!("{}", deeper()) } //~ top::deep
---
// What another package has is used where it is named or shown.
use crate::middle::*;
mod other { pub fn go(other: u8) { other + 1 } }
fn f() -> Thing { other::go(); ::other::go() } //~ middle other
//- src/middle.rs
pub use other::Thing; //~ other
//- src/top.rs
fn f() -> crate::middle::Thing {} //~ middle
---
// A file is found wherever it is declared.
//- src/lib.rs
#[path = "../elsewhere/far.rs"]
pub(crate) mod far;
mod a { mod b; }
//- elsewhere/far.rs
mod near;
//- elsewhere/near.rs
fn f() { crate::a::b::go() } //~ a::b
//- src/a/b.rs
mod c; pub fn go() {}
//- src/a/b/c.rs
use super::go; //~ a::b
"####;

fn files(sample: &str) -> BTreeMap<PathBuf, String> {
    let text = format!("{LIBRARY}{sample}");
    let files = text
        .split("//- ")
        .skip(1)
        .filter_map(|file| file.split_once('\n'));
    files
        .map(|(name, text)| (name.into(), text.into()))
        .collect()
}

fn read(files: &BTreeMap<PathBuf, String>) -> Found {
    let packages = ["sample", "other"].map(String::from);
    let text = |path: &Path| files.get(path).cloned();
    let root = Path::new("src/lib.rs");
    arrows::of_crate(root, Some("sample"), &packages.into(), &text).unwrap()
}

#[test]
fn each_arrow_is_found_with_its_line() {
    for sample in SAMPLES.split("\n---") {
        let files = files(sample);
        let found = read(&files);
        let foreign = found
            .foreign
            .iter()
            .map(|((file, package), line)| format!("{}:{line} uses `{package}`", file.display()));
        let arrows = found.arrows.keys().map(|arrow| order::shown(&found, arrow));
        let mut expected = BTreeSet::new();
        for file in found.files.keys() {
            for (line, number) in files[file].lines().zip(1..) {
                let (_, names) = line.split_once("//~ ").unwrap_or_default();
                let names = names.split_whitespace();
                expected
                    .extend(names.map(|name| format!("{}:{number} uses `{name}`", file.display())));
            }
        }
        assert_eq!(
            arrows.chain(foreign).collect::<BTreeSet<_>>(),
            expected,
            "{sample}"
        );
    }
}

#[test]
fn what_is_wrong_is_said_in_sentences() {
    let files = files(
        "use crate::middle;
fn f() { middle::go(\"folder/file\", \"folders\") }
//- src/lib.rs
mod ground; mod middle; mod stray; mod top;
//- src/middle.rs
fn go() { format!(\"{}\", crate::top::go()) }
//- src/stray/mod.rs
//- src/top.rs
fn go() { crate::ground::f() }
",
    );
    let found = read(&files);
    assert_eq!(
        order::upwards(&found, &["ground", "middle", "top"]),
        [
            "src/stray/mod.rs: the module `stray` has no place in the order of the modules",
            "src/ground.rs:2 uses `middle`, which stands above it",
            "src/middle.rs:1 uses `top`, which stands above it",
        ]
    );
    assert_eq!(
        order::circles(&found),
        [
            "a circle: src/ground.rs:2 uses `middle`, src/middle.rs:1 uses `top`, src/top.rs:1 uses `ground`"
        ]
    );
    let ground = Path::new("src/ground.rs");
    assert_eq!(
        order::naming(ground, &files[ground], "folder"),
        ["src/ground.rs:2 names `folder/`, which only the package in it may"]
    );
    assert_eq!(
        order::between_sections(&found, Path::new("src/lib.rs"))[0],
        "src/ground.rs:2 uses `middle`: a section has to stand alone"
    );
}
