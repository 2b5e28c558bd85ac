//! The reader, tried on small sources: each kind of wrong arrow is named, and what is
//! no arrow is not.

use std::collections::BTreeSet;
use std::path::Path;

use crate::arrows::{self, Found};
use crate::order;

const ORDER: [&str; 3] = ["ground", "middle", "top"];

/// A library `sample` of these files.
fn read(files: &[(&str, &str)]) -> Found {
    let packages = BTreeSet::from(["sample".to_string(), "other".to_string()]);
    let text = |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path)?;
        Some(file.1.to_string())
    };
    arrows::of_crate(Path::new("src/lib.rs"), Some("sample"), &packages, &text).unwrap()
}

/// What is wrong with a library whose module `ground` has this code.
fn wrong_in_ground(code: &str) -> Vec<String> {
    let found = read(&[
        (
            "src/lib.rs",
            "pub mod ground;\npub mod middle;\npub mod top;\n",
        ),
        ("src/ground.rs", code),
        (
            "src/middle.rs",
            "pub use crate::ground::Own;\npub fn go() {}\npub struct Middle;\n",
        ),
        (
            "src/top.rs",
            "pub mod deep;\npub use deep::{Deep, deeper};\npub fn go() {}\n",
        ),
        (
            "src/top/deep.rs",
            "pub struct Deep;\npub fn deeper() {}\n#[macro_export]\nmacro_rules! dig { () => {} }\n",
        ),
    ]);
    order::upwards(&found, &ORDER)
}

#[track_caller]
fn is_named(code: &str, sentence: &str) {
    let problems = wrong_in_ground(code);
    let expected = [format!("{sentence}, which stands above it")];
    assert_eq!(problems, expected, "{code}");
}

#[track_caller]
fn is_in_order(code: &str) {
    assert_eq!(wrong_in_ground(code), [""; 0], "{code}");
}

#[test]
fn an_import_is_an_arrow() {
    is_named("use crate::top::go;", "src/ground.rs:1 uses `top`");
    is_named(
        "\n\nuse super::middle::Middle as M;",
        "src/ground.rs:3 uses `middle`",
    );
    is_named("use sample::top::go;", "src/ground.rs:1 uses `top`");
}

#[test]
fn a_path_without_an_import_is_an_arrow() {
    is_named(
        "fn f() {\n    crate::top::go();\n}",
        "src/ground.rs:2 uses `top`",
    );
    is_named(
        "fn f() -> super::middle::Middle { todo!() }",
        "src/ground.rs:1 uses `middle`",
    );
    is_named(
        "type D = Vec<crate::top::deep::Deep>;",
        "src/ground.rs:1 uses `top::deep`",
    );
}

#[test]
fn an_imported_module_is_used_where_its_items_are() {
    is_named(
        "use crate::top;\nfn f() { top::go() }",
        "src/ground.rs:2 uses `top`",
    );
    is_named(
        "use crate::top as t;\n\nfn f() { t::go() }",
        "src/ground.rs:3 uses `top`",
    );
    is_in_order("use crate::top;\n");
}

#[test]
fn a_glob_is_an_arrow() {
    is_named(
        "use crate::top::deep::*;",
        "src/ground.rs:1 uses `top::deep`",
    );
    is_named("use super::middle::*;", "src/ground.rs:1 uses `middle`");
    // Through a parent that shows what its child has.
    let problems = wrong_in_ground("use crate::top::*;");
    assert_eq!(
        problems,
        [
            "src/ground.rs:1 uses `top::deep`, which stands above it",
            "src/ground.rs:1 uses `top`, which stands above it"
        ]
    );
}

#[test]
fn nested_braces_hide_no_arrow() {
    is_named(
        "use std::{fmt, io};\nuse crate::{\n    ground,\n    top::{self, deep::{Deep as D}},\n};",
        "src/ground.rs:4 uses `top::deep`",
    );
    is_named(
        "use crate::top::{self};\nfn f() { top::go() }",
        "src/ground.rs:2 uses `top`",
    );
}

#[test]
fn a_glob_of_globs_leads_to_all_of_them() {
    let found = read(&[
        ("src/lib.rs", "mod ground;\nmod middle;\nmod top;\n"),
        ("src/ground.rs", "use crate::middle::*;"),
        ("src/middle.rs", "pub use crate::top::*;"),
        ("src/top.rs", "pub fn go() {}"),
    ]);
    let both = ["ground", "middle"]
        .map(|name| format!("src/{name}.rs:1 uses `top`, which stands above it"));
    assert_eq!(order::upwards(&found, &ORDER), both);
}

#[test]
fn super_leads_as_far_up_as_it_says() {
    is_named(
        "mod inner {\n    fn f() { super::super::top::go() }\n}",
        "src/ground.rs:2 uses `top`",
    );
    is_named(
        "mod a { mod b {\nuse super::super::super::middle::go;\n}}",
        "src/ground.rs:2 uses `middle`",
    );
    is_in_order("fn top() {}\nmod inner { fn f() { super::top() } }");
    is_in_order("mod top { pub fn go() {} }\nfn f() { self::top::go(); top::go() }");
}

#[test]
fn a_reexport_leads_to_what_it_shows() {
    is_named("use crate::top::Deep;", "src/ground.rs:1 uses `top::deep`");
    // A public import of what is no child's is a use as any other.
    is_named("pub use crate::top::go;", "src/ground.rs:1 uses `top`");
    is_named(
        "pub(in crate::ground) use crate::top::go;",
        "src/ground.rs:1 uses `top`",
    );
    is_in_order("pub struct Own;\nfn f() -> crate::middle::Own { Own }");
}

#[test]
fn a_macro_is_an_arrow() {
    is_named(
        "fn f() { crate::dig!() }",
        "src/ground.rs:1 uses `top::deep`",
    );
    is_named("fn f() { dig!() }", "src/ground.rs:1 uses `top::deep`");
    is_named(
        "macro_rules! m { () => { $crate::top::go() } }",
        "src/ground.rs:1 uses `top`",
    );
}

#[test]
fn comments_texts_and_tests_are_no_arrows() {
    is_in_order("// use crate::top::go;\n/* crate::top::go() /* nested */ crate::top::go() */");
    is_in_order("//! [`go`](crate::top::go)\n/// crate::top::go()\nfn f() {}");
    is_in_order("const A: &str = \"crate::top::go() \\\" crate::top::go()\";");
    is_in_order("const A: &str = r#\"\" crate::top::go()\"#; const Q: char = '\"';");
    is_in_order("#[cfg(test)]\nmod tests { use crate::top::go; }");
    is_in_order(
        "#[cfg(test)]\nuse crate::top::{go, deep};\n#[cfg(test)] fn f() { crate::top::go() }",
    );
    is_in_order("struct S {\n    #[cfg(test)]\n    field: crate::top::deep::Deep,\n}");
    is_in_order("mod inner {\n#![cfg(test)]\nuse crate::top::go; }");
    is_in_order("#[cfg(all(test, unix))]\nimpl S { fn f() { crate::top::go() } }");
    // A name is no path, and neither is a field or a method.
    is_in_order("fn f(top: T) { top.go(); self.top.deep() }");
    // What stands behind is code again.
    is_named(
        "#[cfg(test)]\nuse crate::middle::go;\nuse crate::top::go;",
        "src/ground.rs:3 uses `top`",
    );
    is_named(
        "#[cfg(not(test))]\nuse crate::top::go;",
        "src/ground.rs:2 uses `top`",
    );
    is_named(
        "fn f<'a>(s: &'a str) { crate::top::go() }",
        "src/ground.rs:1 uses `top`",
    );
}

#[test]
fn a_module_without_a_place_is_named() {
    let found = read(&[
        ("src/lib.rs", "mod ground; mod stray;"),
        ("src/ground.rs", ""),
        ("src/stray/mod.rs", ""),
    ]);
    assert_eq!(
        order::upwards(&found, &ORDER),
        ["src/stray/mod.rs: the module `stray` has no place in the order of the modules"]
    );
}

#[test]
fn the_root_stands_above_its_modules() {
    let found = read(&[
        ("src/lib.rs", "mod ground;\npub struct Own;\n"),
        ("src/ground.rs", "use crate::Own;\n"),
    ]);
    assert_eq!(
        order::upwards(&found, &ORDER),
        ["src/ground.rs:1 uses `lib.rs`, which stands above it"]
    );
}

/// The circles of a library with a parent and its child.
fn family(parent: &str, child: &str) -> Vec<String> {
    order::circles(&read(&[
        ("src/lib.rs", "mod parent;"),
        ("src/parent/mod.rs", parent),
        ("src/parent/child.rs", child),
    ]))
}

#[test]
fn a_parent_that_only_shows_its_child_is_no_circle_with_it() {
    let parent = "mod child;\npub use child::{Child, go};\npub struct Common;\n";
    assert_eq!(
        family(
            parent,
            "use super::Common;\npub struct Child;\npub fn go() {}"
        ),
        [""; 0]
    );
    let names = "mod child;\npub use child::go;\nimpl Common { fn go(&self) { self.go(); let go: u8 = 0; } }\nstruct S { go: u8 }";
    assert_eq!(family(names, "use super::S;\npub fn go() {}"), [""; 0]);
    let glob = "mod child;\npub use self::child::*;\npub struct Common;\n";
    assert_eq!(family(glob, "use super::*;\npub struct Child;"), [""; 0]);
}

#[test]
fn a_parent_that_uses_what_uses_it_is_a_circle() {
    let child = "use super::Common;\npub struct Child;\npub fn go() {}\n";
    let circle = |line| {
        [format!(
            "a circle: src/parent/child.rs:1 uses `parent`, src/parent/mod.rs:{line} uses `parent::child`"
        )]
    };
    let parent = "mod child;\npub struct Common;\n";
    let add = |code: &str| format!("{parent}{code}");
    assert_eq!(family(&add("fn f() { child::go() }"), child), circle(3));
    assert_eq!(family(&add("use child::Child;"), child), circle(3));
    // Shown and used.
    assert_eq!(
        family(
            &add("pub use child::Child;\nfn f() -> Child { Child }"),
            child
        ),
        circle(4)
    );
    assert_eq!(
        family(&add("pub use child::*;\n\nfn f() { go() }"), child),
        circle(5)
    );
    // The other way round: by the glob of the child.
    let child = "use super::*;\npub struct Child;\npub fn go() {}\n";
    assert_eq!(family(&add("fn f() { child::go() }"), child), circle(3));
}

#[test]
fn a_longer_circle_is_shown_whole() {
    let found = read(&[
        ("src/lib.rs", "mod a;\nmod b;\nmod c;\n"),
        ("src/a.rs", "\nuse crate::b::f as _;\npub fn f() {}"),
        ("src/b.rs", "use crate::c;\npub fn f() { c::f() }"),
        ("src/c.rs", "pub fn f() { super::a::f() }"),
    ]);
    assert_eq!(
        order::circles(&found),
        ["a circle: src/a.rs:2 uses `b`, src/b.rs:2 uses `c`, src/c.rs:1 uses `a`"]
    );
}

#[test]
fn what_another_package_has_is_used_where_it_is_shown() {
    let circle = |import: &str| {
        order::circles(&read(&[
            ("src/lib.rs", "mod a;\nmod b;\n"),
            (
                "src/a.rs",
                "pub use other::Thing;\nfn f() { crate::b::f() }",
            ),
            ("src/b.rs", import),
        ]))
    };
    let expected = ["a circle: src/a.rs:2 uses `b`, src/b.rs:1 uses `a`"];
    assert_eq!(circle("use crate::a::Thing;\npub fn f() {}"), expected);
    assert_eq!(circle("pub fn f() -> crate::a::Thing { }"), expected);
    assert_eq!(circle("use crate::a::*;\npub fn f() {}"), expected);
    assert_eq!(circle("use other::Thing;\npub fn f() {}"), [""; 0]);
}

#[test]
fn a_section_that_imports_another_is_named() {
    let found = read(&[
        (
            "src/lib.rs",
            "mod one;\nmod other;\nfn main() { one::main(); other::main() }",
        ),
        ("src/one.rs", "pub fn main() { crate::other::help() }"),
        ("src/other.rs", "pub fn main() {}\npub fn help() {}"),
    ]);
    assert_eq!(
        order::between_sections(&found, Path::new("src/lib.rs")),
        ["src/one.rs:1 uses `other`: a section has to stand alone"]
    );
}

#[test]
fn files_are_found_wherever_they_are_declared() {
    let found = read(&[
        (
            "src/lib.rs",
            "#[path = \"../elsewhere/far.rs\"]\npub(crate) mod far;\nmod a { mod b; }\n",
        ),
        ("elsewhere/far.rs", "mod near;"),
        ("elsewhere/near.rs", "fn f() { crate::a::b::go() }"),
        ("src/a/b.rs", "mod c; pub fn go() {}"),
        ("src/a/b/c.rs", "use super::go;"),
    ]);
    let files: Vec<(String, &str)> = (found.files.iter())
        .map(|(file, module)| (file.display().to_string(), module.as_str()))
        .collect();
    assert_eq!(
        files,
        [
            ("elsewhere/far.rs".to_string(), "far"),
            ("elsewhere/near.rs".to_string(), "far::near"),
            ("src/a/b/c.rs".to_string(), "a::b::c"),
            ("src/a/b.rs".to_string(), "a::b"),
            ("src/lib.rs".to_string(), ""),
        ]
    );
    assert_eq!(found.arrows.len(), 2);
}

#[test]
fn other_packages_and_folders_are_seen() {
    let found = read(&[(
        "src/lib.rs",
        "use std::io;\nfn f() {\n    ::other::go(\"folder/file\", \"folders\")\n}\nuse other::{a, b};\n",
    )]);
    let foreign: Vec<(usize, &str)> = (found.foreign.iter())
        .map(|foreign| (foreign.line, foreign.package.as_str()))
        .collect();
    assert_eq!(foreign, [(3, "other")]);
    assert_eq!(
        order::naming(&found, "folder/"),
        ["src/lib.rs:3 names `folder/`, which only the package in it may"]
    );
}
